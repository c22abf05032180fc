import { Message } from './message.ts'
import { INVAL_ENTRY_EXPIRE_ONLY, Notify, OUT_HEADER } from './protocol.ts'

/** Messages that the server sends without being asked. They have no unique id, and their code stands for the error. */
function message(code: number, bytes: number): Message {
  const size = OUT_HEADER.size + bytes
  // structures are read in whole words
  const notification = new Message((size + 3) & ~3)
  notification.setU32(OUT_HEADER.len, size)
  notification.setU32(OUT_HEADER.error, code)
  return notification
}

function sent(notification: Message): Uint8Array {
  return notification.bytes.subarray(0, notification.u32(OUT_HEADER.len))
}

/**
 * The name leads nowhere any more. With `expireOnly` the kernel asks again when it is next used, and until then leaves
 * the entry where it is, as sysfs does: no inotify event, and getcwd(2) below it goes on to work.
 */
export function invalidateEntry(parent: number, name: string, expireOnly: boolean): Uint8Array {
  const body = OUT_HEADER.size
  const notification = message(Notify.INVAL_ENTRY, 16 + name.length + 1)
  notification.setU64(body, parent)
  notification.setU32(body + 8, name.length)
  notification.setU32(body + 12, expireOnly ? INVAL_ENTRY_EXPIRE_ONLY : 0)
  notification.bytes.latin1Write(name, body + 16)
  return sent(notification)
}

/** The attributes of the inode have to be asked for again; its data, if any, stay. */
export function invalidateAttributes(nodeId: number): Uint8Array {
  const body = OUT_HEADER.size
  const notification = message(Notify.INVAL_INODE, 24)
  notification.setU64(body, nodeId)
  // offset -1: attributes only
  notification.bytes.fill(0xff, body + 8, body + 16)
  return sent(notification)
}

/** Pollers of the open file are to ask again. */
export function wakePollers(kernelHandle: bigint): Uint8Array {
  const notification = message(Notify.POLL, 8)
  notification.setBigU64(OUT_HEADER.size, kernelHandle)
  return sent(notification)
}
