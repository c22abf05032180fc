import { endianness } from 'node:os'
import type { Uevent } from '../sysfs/lib/kobject-uevent.ts'

/** struct nlmsghdr: length, type, flags, sequence number, port. */
const HEADER = 16
const MESSAGE_TYPE = 0x10
const NLM_F_REQUEST = 1

/**
 * A netlink message to the kernel, which it broadcasts on the uevent group of the network namespace with a sequence number
 * of its own ("netns: send uevent messages", Linux 4.18): listeners can not tell it from an event of a device.
 */
export function ueventMessage({ action, devpath, env }: Uevent): Buffer {
  // SEQNUM is the kernel's to add
  const keys = env.filter(key => !key.startsWith('SEQNUM='))
  const payload = Buffer.from(`${[`${action}@${devpath}`, ...keys].join('\0')}\0`, 'latin1')
  const header = Buffer.alloc(HEADER)
  if (endianness() === 'LE') {
    header.writeUInt32LE(HEADER + payload.length, 0)
    header.writeUInt16LE(MESSAGE_TYPE, 4)
    header.writeUInt16LE(NLM_F_REQUEST, 6)
  } else {
    header.writeUInt32BE(HEADER + payload.length, 0)
    header.writeUInt16BE(MESSAGE_TYPE, 4)
    header.writeUInt16BE(NLM_F_REQUEST, 6)
  }
  return Buffer.concat([header, payload])
}
