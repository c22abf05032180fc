import { endianness } from 'node:os'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { UserMemory } from '../sysfs/lib/user-memory.ts'

/** Structures are in the byte order of the host. */
export const LITTLE = endianness() === 'LE'

/**
 * Answers an ioctl whose argument begins with its size, `argsz`, as the caller knows it: EINVAL below what the ioctl needs.
 * What the action puts in is written back, and what it returns goes behind it: it has seen that the caller left room.
 */
export function answer(
  memory: UserMemory,
  { pid }: Caller,
  address: bigint,
  least: number,
  fill: (info: DataView) => Uint8Array | undefined,
): number {
  const bytes = memory.copyFrom(pid, address, least)
  const info = new DataView(bytes.buffer, bytes.byteOffset, least)
  if (info.getUint32(0, LITTLE) < least) throw new Errno('EINVAL')
  const more = fill(info)
  if (more) memory.copyTo(pid, address + BigInt(least), more)
  memory.copyTo(pid, address, bytes)
  return 0
}
