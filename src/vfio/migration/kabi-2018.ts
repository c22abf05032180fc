import type { RegionType } from '../../device-model/model.ts'
import type { DeviceState } from '../../device-model/state.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { TrappedRegion } from './trapped.ts'

/** VFIO_REGION_TYPE_MIGRATION and VFIO_REGION_SUBTYPE_MIGRATION of the series of November 2018. */
export const KABI_2018_REGION: RegionType = { type: 2, subtype: 2 }

/** `enum vfio_device_state`, with the numbers that its patch for QEMU used. */
export const Kabi2018 = {
  NONE: 0,
  RUNNING: 1,
  SETUP: 2,
  PRECOPY: 3,
  STOPNCOPY: 4,
  SAVE_COMPLETED: 5,
  RESUME: 6,
  RESUME_COMPLETED: 7,
  FAILED: 8,
  CANCELLED: 9,
} as const

/** `struct vfio_device_migration_info`, packed, 76 bytes. */
export const KABI_2018_INFO = {
  deviceState: 0,
  precopyOnly: 4,
  compatible: 12,
  postcopyOnly: 20,
  threshold: 28,
  dataOffset: 36,
  dataSize: 44,
  dirtyStart: 52,
  dirtyTotal: 60,
  dirtyCopied: 68,
  bytes: 76,
} as const

const {
  NONE,
  RUNNING,
  SETUP,
  PRECOPY,
  STOPNCOPY,
  SAVE_COMPLETED,
  RESUME,
  RESUME_COMPLETED,
  FAILED,
  CANCELLED,
} = Kabi2018

/** To which states one leads. Who completed saving may go on after all: its virtual processors start. */
export const KABI_2018_ARCS: ReadonlyMap<number, readonly number[]> = new Map([
  [NONE, [RUNNING, RESUME]],
  [RUNNING, [SETUP, RESUME]],
  [SETUP, [PRECOPY, STOPNCOPY, CANCELLED, FAILED]],
  [PRECOPY, [STOPNCOPY, CANCELLED, FAILED]],
  [STOPNCOPY, [SAVE_COMPLETED, CANCELLED, FAILED]],
  [SAVE_COMPLETED, [RUNNING]],
  [RESUME, [RESUME_COMPLETED, CANCELLED, FAILED]],
  [RESUME_COMPLETED, [RUNNING]],
  [FAILED, [RUNNING]],
  [CANCELLED, [RUNNING]],
])

/** States in which it is used by a guest that runs. */
const RUNS: readonly number[] = [RUNNING, SETUP, PRECOPY]
const SAVES: readonly number[] = [PRECOPY, STOPNCOPY]

const PAGE = 4096

/**
 * The migration region of "VFIO KABI for migration interface" (Kirti Wankhede, 20 November 2018). Actions are accesses to
 * fields: set state; get pending (write the threshold, read three counters); get buffer (read the offset, which fills the
 * data section, then the size, then the data); set buffer (write the data, then the size); get the dirty bitmap
 * (write start and total, read copied, then the bitmap from the data section).
 */
export class MigrationRegion2018 extends TrappedRegion {
  readonly #state: DeviceState
  #deviceState: number = RUNNING
  #threshold = 0
  #size = 0
  #dirty = { start: 0, total: 0 }

  constructor(state: DeviceState, section: number) {
    const { deviceState, precopyOnly, compatible, postcopyOnly, threshold } = KABI_2018_INFO
    const { dataOffset, dataSize, dirtyStart, dirtyTotal, dirtyCopied } = KABI_2018_INFO
    super(
      KABI_2018_REGION,
      [
        {
          offset: deviceState,
          size: 4,
          read: () => this.#deviceState,
          write: value => this.#setState(value),
        },
        // nothing has to be sent before the device stops
        { offset: precopyOnly, size: 8, read: () => 0 },
        { offset: compatible, size: 8, read: () => state.pending().memory },
        { offset: postcopyOnly, size: 8, read: () => state.pending().rest },
        {
          offset: threshold,
          size: 8,
          read: () => this.#threshold,
          write: bytes => {
            this.#threshold = bytes
          },
        },
        { offset: dataOffset, size: 8, read: () => this.#getBuffer() },
        { offset: dataSize, size: 8, read: () => this.#size, write: size => this.#setBuffer(size) },
        {
          offset: dirtyStart,
          size: 8,
          write: start => {
            this.#dirty = { ...this.#dirty, start }
          },
        },
        {
          offset: dirtyTotal,
          size: 8,
          write: total => {
            this.#dirty = { ...this.#dirty, total }
          },
        },
        { offset: dirtyCopied, size: 8, read: () => this.#getDirty() },
      ],
      { offset: PAGE, size: section },
    )
    this.#state = state
  }

  reset(): void {
    this.#state.reset()
    this.#deviceState = RUNNING
    this.#size = 0
  }

  /** Nobody has the device open any more. */
  abandon(): void {
    const state = this.#deviceState
    if (state === SETUP || SAVES.includes(state)) {
      this.#enter(CANCELLED)
      this.#enter(RUNNING)
    } else if (state === RESUME) this.#enter(CANCELLED)
  }

  #setState(to: number): void {
    const from = this.#deviceState
    if (to === from) return
    if (!KABI_2018_ARCS.get(from)!.includes(to))
      throw new Errno('EINVAL', `no way from device state ${from} to ${to}`)
    if (to === RESUME_COMPLETED) this.#state.finishLoading()
    this.#enter(to)
  }

  #enter(to: number): void {
    this.#state.enter({ runs: RUNS.includes(to), saves: SAVES.includes(to), loads: to === RESUME })
    this.#size = 0
    this.#deviceState = to
  }

  #getBuffer(): number {
    if (this.#state.saving) {
      const bytes = this.#state.save(this.data.length)
      this.data.set(bytes)
      this.#size = bytes.length
    }
    return this.dataOffset
  }

  #setBuffer(size: number): void {
    if (this.#deviceState !== RESUME) throw new Errno('EINVAL', 'the device does not resume')
    if (size > this.data.length) throw new Errno('EINVAL', `${size} bytes are more than the section has`)
    try {
      this.#state.load(this.data.subarray(0, size))
    } catch (error) {
      this.#enter(FAILED)
      throw error
    }
  }

  /** @returns for how many pages there are bits in the data section */
  #getDirty(): number {
    const { start, total } = this.#dirty
    const count = Math.min(total, this.data.length * 8)
    this.data.set(this.#state.takeDirty(start, count))
    return count
  }
}
