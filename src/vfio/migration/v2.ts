import type { MigrationFeature } from '../../device-model/model.ts'
import type { DeviceState } from '../../device-model/state.ts'
import { Errno } from '../../sysfs/lib/errno.ts'

/** VFIO_DEVICE_STATE_* since 5.18; RUNNING_P2P since then as well, PRE_COPY since 6.2. */
export const V2 = {
  ERROR: 0,
  STOP: 1,
  RUNNING: 2,
  STOP_COPY: 3,
  RESUMING: 4,
  RUNNING_P2P: 5,
  PRE_COPY: 6,
  PRE_COPY_P2P: 7,
} as const

/** As debugfs has them, by number. */
export const V2_NAMES = [
  'ERROR',
  'STOP',
  'RUNNING',
  'STOP_COPY',
  'RESUMING',
  'RUNNING_P2P',
  'PRE_COPY',
  'PRE_COPY_P2P',
] as const

/** VFIO_MIGRATION_*. */
export const V2Flag = { STOP_COPY: 1 << 0, P2P: 1 << 1, PRE_COPY: 1 << 2 } as const

const { ERROR, STOP, RUNNING, STOP_COPY, RESUMING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P } = V2

/** Without which flags a state is not there: `state_flags_table`. */
const NEEDS: readonly number[] = [
  ~0,
  V2Flag.STOP_COPY,
  V2Flag.STOP_COPY,
  V2Flag.STOP_COPY,
  V2Flag.STOP_COPY,
  V2Flag.STOP_COPY | V2Flag.P2P,
  V2Flag.STOP_COPY | V2Flag.PRE_COPY,
  V2Flag.STOP_COPY | V2Flag.P2P | V2Flag.PRE_COPY,
]

/**
 * The next state on the way, by where it begins and where it is to end: `vfio_from_fsm_table` (vfio_main.c). Columns in
 * the order of the numbers of states.
 */
const NEXT: readonly (readonly number[])[] = [
  [ERROR, ERROR, ERROR, ERROR, ERROR, ERROR, ERROR, ERROR],
  [ERROR, STOP, RUNNING_P2P, STOP_COPY, RESUMING, RUNNING_P2P, RUNNING_P2P, RUNNING_P2P],
  [ERROR, RUNNING_P2P, RUNNING, RUNNING_P2P, RUNNING_P2P, RUNNING_P2P, PRE_COPY, RUNNING_P2P],
  [ERROR, STOP, STOP, STOP_COPY, STOP, STOP, ERROR, ERROR],
  [ERROR, STOP, STOP, STOP, RESUMING, STOP, STOP, STOP],
  [ERROR, STOP, RUNNING, STOP, STOP, RUNNING_P2P, RUNNING, PRE_COPY_P2P],
  [ERROR, RUNNING, RUNNING, PRE_COPY_P2P, RUNNING, RUNNING, PRE_COPY, PRE_COPY_P2P],
  [ERROR, RUNNING_P2P, RUNNING_P2P, STOP_COPY, RUNNING_P2P, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P],
]

/** `vfio_mig_get_next_state()`: EINVAL for states that such a device has not, and where no way leads. */
export function nextState(flags: number, from: number, to: number): number {
  const has = (state: number) => NEEDS[state] !== undefined && (NEEDS[state] & flags) === NEEDS[state]
  if (!has(from) || !has(to)) throw new Errno('EINVAL', `${V2_NAMES[to] ?? to} is no state of this device`)
  let next = NEXT[from]![to]!
  while (next !== ERROR && !has(next)) next = NEXT[next]![to]!
  if (next === ERROR) throw new Errno('EINVAL', `no way from ${V2_NAMES[from]} to ${V2_NAMES[to]}`)
  return next
}

const SAVES: readonly number[] = [PRE_COPY, PRE_COPY_P2P, STOP_COPY]
const RUNS: readonly number[] = [RUNNING, RUNNING_P2P, PRE_COPY, PRE_COPY_P2P]

/** Migration since Linux 5.18 (`struct vfio_migration_ops`): states, the ways between them, and one stream of data. */
export class MigrationV2 implements MigrationFeature {
  readonly flags: number
  readonly #deviceState: DeviceState
  #state: number = RUNNING
  /** Bytes of the stream that went through. */
  #position = 0

  constructor(deviceState: DeviceState, flags: number) {
    this.#deviceState = deviceState
    this.flags = flags
  }

  get state(): number {
    return this.#state
  }

  get stopCopyLength(): number {
    const device = this.#deviceState
    if (!device.saving) return device.length
    const { memory, rest } = device.pending()
    return memory + rest
  }

  /**
   * Goes there step by step; one that fails leaves it on the way (`vfio_ioctl_device_feature_mig_device_state()`).
   *
   * @returns whether the last step opened a stream
   */
  setState(to: number): boolean {
    let opened = false
    while (this.#state !== to) opened = this.#step(nextState(this.flags, this.#state, to))
    return opened
  }

  reset(): void {
    this.#deviceState.reset()
    this.#state = RUNNING
  }

  /** Nobody has the device open any more, nor the stream. */
  abandon(): void {
    if (SAVES.includes(this.#state)) this.setState(RUNNING)
    else if (this.#state === RESUMING) {
      this.#deviceState.stopLoading()
      this.#state = STOP
    }
  }

  /** ENOMSG while a running device has nothing new; nothing at the end; ESPIPE for an offset of one's own; ENODEV without a stream. */
  readData(offset: number, most: number): Uint8Array {
    if (!SAVES.includes(this.#state)) throw new Errno('ENODEV', 'nothing is being saved')
    if (offset !== this.#position) throw new Errno('ESPIPE', 'a stream has no offsets')
    const bytes = this.#deviceState.save(most)
    if (bytes.length === 0 && this.#state !== STOP_COPY) throw new Errno('ENOMSG')
    this.#position += bytes.length
    return bytes
  }

  writeData(offset: number, bytes: Uint8Array): number {
    if (this.#state !== RESUMING) throw new Errno('ENODEV', 'nothing is being resumed')
    if (offset !== this.#position) throw new Errno('ESPIPE', 'a stream has no offsets')
    this.#deviceState.load(bytes)
    this.#position += bytes.length
    return bytes.length
  }

  #step(to: number): boolean {
    const device = this.#deviceState
    const opens = (SAVES.includes(to) && !device.saving) || to === RESUMING
    if (this.#state === RESUMING) device.finishLoading()
    device.enter({ runs: RUNS.includes(to), saves: SAVES.includes(to), loads: to === RESUMING })
    if (opens) this.#position = 0
    this.#state = to
    return opens
  }
}
