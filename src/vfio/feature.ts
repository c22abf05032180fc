import type { MigrationFeature } from '../device-model/model.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { UserMemory } from '../sysfs/lib/user-memory.ts'
import { LITTLE } from './argument.ts'
import { FEATURE, Feature, FeatureFlag, MIG_DEVICE_STATE } from './uapi.ts'

const { MASK, GET, SET, PROBE } = FeatureFlag

/** The argument behind the header, which the caller says to be so long. */
interface Payload {
  readonly flags: number
  readonly bytes: number
  get(length: number): DataView
  put(view: DataView): void
}

/**
 * VFIO_DEVICE_FEATURE (`vfio_ioctl_device_feature()`): EINVAL for flags that make no sense, and for a room too small;
 * ENOTTY for a feature that the device has not.
 */
export function deviceFeature(
  migration: MigrationFeature | undefined,
  memory: UserMemory,
  { pid }: Caller,
  address: bigint,
): number {
  const header = view(memory.copyFrom(pid, address, FEATURE.bytes))
  const argsz = header.getUint32(0, LITTLE)
  const flags = header.getUint32(FEATURE.flags, LITTLE)
  if (argsz < FEATURE.bytes) throw new Errno('EINVAL')
  if (flags & ~(MASK | GET | SET | PROBE)) throw new Errno('EINVAL')
  if (!(flags & PROBE) && flags & GET && flags & SET) throw new Errno('EINVAL')
  if (!migration) throw new Errno('ENOTTY')
  const at = address + BigInt(FEATURE.bytes)
  const payload: Payload = {
    flags,
    bytes: argsz - FEATURE.bytes,
    get: length => view(memory.copyFrom(pid, at, length)),
    put: bytes => memory.copyTo(pid, at, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  }
  switch (flags & MASK) {
    case Feature.MIGRATION:
      return getU64(payload, () => migration.flags)
    case Feature.MIG_DEVICE_STATE:
      return deviceState(migration, payload)
    case Feature.MIG_DATA_SIZE:
      return getU64(payload, () => migration.stopCopyLength)
    default:
      throw new Errno('ENOTTY')
  }
}

/** `vfio_check_feature()`: whether it is to be done; else it was only asked for. */
function isAsked({ flags, bytes }: Payload, supported: number, least: number): boolean {
  if (flags & (GET | SET) & ~supported) throw new Errno('EINVAL')
  if (flags & PROBE) return false
  if (!(flags & (GET | SET)) || bytes < least) throw new Errno('EINVAL')
  return true
}

function getU64(payload: Payload, value: () => number): number {
  if (!isAsked(payload, GET, 8)) return 0
  const result = new DataView(new ArrayBuffer(8))
  result.setBigUint64(0, BigInt(value()), LITTLE)
  payload.put(result)
  return 0
}

/**
 * No descriptor can be passed through FUSE: a way that ends with a stream goes there, and says EMFILE, as the kernel does
 * where the caller can have no more (`vfio_ioct_mig_return_fd()`).
 */
function deviceState(migration: MigrationFeature, payload: Payload): number {
  if (!isAsked(payload, GET | SET, MIG_DEVICE_STATE.bytes)) return 0
  const state = payload.get(MIG_DEVICE_STATE.bytes)
  if (payload.flags & SET && migration.setState(state.getUint32(MIG_DEVICE_STATE.deviceState, LITTLE)))
    throw new Errno('EMFILE', 'a descriptor for the data can not be passed')
  state.setUint32(MIG_DEVICE_STATE.deviceState, migration.state, LITTLE)
  state.setInt32(MIG_DEVICE_STATE.dataFd, -1, LITTLE)
  payload.put(state)
  return 0
}

function view(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
