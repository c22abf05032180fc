import type { RegionType } from '../../device-model/model.ts'
import type { DeviceState } from '../../device-model/state.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { type Field, TrappedRegion } from './trapped.ts'

/** VFIO_REGION_TYPE_MIGRATION, which is called deprecated since 5.18, and VFIO_REGION_SUBTYPE_MIGRATION. */
export const V1_REGION: RegionType = { type: 3, subtype: 1 }

/** VFIO_DEVICE_STATE_* of Linux 5.8 to 5.17. The bits above are kept as they are. */
export const V1 = {
  STOP: 0b000,
  RUNNING: 0b001,
  STOP_COPY: 0b010,
  PRE_COPY: 0b011,
  RESUMING: 0b100,
  ERROR: 0b110,
  MASK: 0b111,
} as const

/** `struct vfio_device_migration_info`, 32 bytes. */
export const V1_INFO = {
  deviceState: 0,
  reserved: 4,
  pendingBytes: 8,
  dataOffset: 16,
  dataSize: 24,
  bytes: 32,
} as const

/** To which states one leads; from an error only a reset does. */
export const V1_ARCS: ReadonlyMap<number, readonly number[]> = new Map([
  [V1.RUNNING, [V1.STOP, V1.STOP_COPY, V1.PRE_COPY, V1.RESUMING]],
  [V1.PRE_COPY, [V1.STOP, V1.RUNNING, V1.STOP_COPY]],
  [V1.STOP_COPY, [V1.STOP, V1.RUNNING]],
  [V1.STOP, [V1.RUNNING, V1.STOP_COPY, V1.RESUMING]],
  [V1.RESUMING, [V1.STOP, V1.RUNNING]],
])

const PAGE = 4096

/**
 * The migration region of Linux 5.8 (include/uapi/linux/vfio.h up to 5.17).
 *
 * Saving: read `pending_bytes`, `data_offset` (the data is there then), `data_size`, the data; the next look at
 * `pending_bytes` says that it was taken. Resuming: write the data, then `data_size`, which consumes it. EINVAL for a
 * field at another width, a state to which none leads, a size beyond the section; EIO once the state is in error.
 */
export class MigrationRegionV1 extends TrappedRegion {
  readonly #state: DeviceState
  #deviceState: number = V1.RUNNING
  /** Bytes in the data section that were not acknowledged. */
  #offered = 0

  constructor(state: DeviceState, section: number) {
    const ignored: Pick<Field, 'read' | 'write'> = { read: () => 0, write() {} }
    super(
      V1_REGION,
      [
        {
          offset: V1_INFO.deviceState,
          size: 4,
          read: () => this.#deviceState,
          write: value => this.#setState(value),
        },
        { offset: V1_INFO.reserved, size: 4, ...ignored },
        { offset: V1_INFO.pendingBytes, size: 8, read: () => this.#pending() },
        { offset: V1_INFO.dataOffset, size: 8, read: () => this.#offer() },
        {
          offset: V1_INFO.dataSize,
          size: 8,
          read: () => this.#offered,
          write: size => this.#consume(size),
        },
      ],
      { offset: PAGE, size: section },
    )
    this.#state = state
  }

  reset(): void {
    this.#state.reset()
    this.#deviceState = V1.RUNNING
    this.#offered = 0
  }

  /** Nobody has the device open any more: who saved it will not go on, and what was half loaded is of no use. */
  abandon(): void {
    const bits = this.#deviceState & V1.MASK
    if (bits === V1.PRE_COPY || bits === V1.STOP_COPY) this.#enter(V1.RUNNING)
    else if (bits === V1.RESUMING) this.#enter(V1.STOP)
  }

  #setState(value: number): void {
    const from = this.#deviceState & V1.MASK
    const to = value & V1.MASK
    if (from === V1.ERROR) throw new Errno('EIO', 'the device is in error; reset it')
    if (to !== from) {
      if (!V1_ARCS.get(from)!.includes(to))
        throw new Errno('EINVAL', `no way from device state ${from} to ${to}`)
      if (from === V1.RESUMING) this.#finish()
      this.#enter(to)
    }
    this.#deviceState = value >>> 0
  }

  /** What does not make a device leaves it in error; what is not all there can still come. */
  #finish(): void {
    const state = this.#state
    try {
      state.finishLoading()
    } catch (error) {
      if (state.loaded) this.#deviceState = V1.ERROR
      throw error
    }
  }

  #enter(to: number): void {
    this.#offered = 0
    this.#state.enter({
      runs: to === V1.RUNNING || to === V1.PRE_COPY,
      saves: to === V1.PRE_COPY || to === V1.STOP_COPY,
      loads: to === V1.RESUMING,
    })
    this.#deviceState = (this.#deviceState & ~V1.MASK) | to
  }

  #pending(): number {
    this.#offered = 0
    const { memory, rest } = this.#state.pending()
    return memory + rest
  }

  #offer(): number {
    if (this.#offered === 0 && this.#state.saving) {
      const bytes = this.#state.save(this.data.length)
      this.data.set(bytes)
      this.#offered = bytes.length
    }
    return this.dataOffset
  }

  #consume(size: number): void {
    if ((this.#deviceState & V1.MASK) !== V1.RESUMING) throw new Errno('EINVAL', 'the device does not resume')
    if (size > this.data.length) throw new Errno('EINVAL', `${size} bytes are more than the section has`)
    try {
      this.#state.load(this.data.subarray(0, size))
    } catch (error) {
      this.#deviceState = V1.ERROR
      throw error
    }
  }
}
