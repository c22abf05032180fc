import { Message } from './message.ts'
import { INVAL_ENTRY_EXPIRE_ONLY, Notify, OUT_HEADER } from './protocol.ts'

const BODY = OUT_HEADER.size

/**
 * Messages that the server sends without being asked, one behind the other, each at a multiple of 8 bytes. They have no
 * unique id, and their code stands for the error. An inode whose attributes changed often is told once.
 */
export class Notices {
  /**
   * Whether the other thread has to send them: one needs a directory's lock, which may be held for a look-up that waits for
   * this thread; or they have to follow what waits there.
   */
  elsewhere = false
  #memory = new Message(4096)
  #length = 0
  readonly #stale = new Set<number>()

  get empty(): boolean {
    return this.#length === 0
  }

  /**
   * The name leads nowhere any more. With `expireOnly` the kernel asks again when it is next used, and until then leaves
   * the entry where it is, as sysfs does: no inotify event, and getcwd(2) below it goes on to work.
   */
  invalidateEntry(parent: number, name: string, expireOnly: boolean): void {
    const body = BODY + this.#begin(Notify.INVAL_ENTRY, 16 + name.length + 1)
    const memory = this.#memory
    memory.setU64(body, parent)
    memory.setU32(body + 8, name.length)
    memory.setU32(body + 12, expireOnly ? INVAL_ENTRY_EXPIRE_ONLY : 0)
    memory.bytes.latin1Write(name, body + 16)
    memory.bytes[body + 16 + name.length] = 0
    this.elsewhere = true
  }

  /** The attributes of the inode have to be asked for again; its data, if any, stay. */
  invalidateAttributes(nodeId: number): void {
    if (this.#stale.has(nodeId)) return
    this.#stale.add(nodeId)
    const body = BODY + this.#begin(Notify.INVAL_INODE, 24)
    const memory = this.#memory
    memory.setU64(body, nodeId)
    // offset -1: attributes only
    memory.setU64(body + 8, -1)
    memory.setU64(body + 16, 0)
  }

  /** The kernel is to forget these inodes where nobody uses them; what went before has to be told before. */
  prune(nodeIds: readonly number[]): void {
    const body = BODY + this.#begin(Notify.PRUNE, 16 + nodeIds.length * 8)
    const memory = this.#memory
    memory.setU32(body, nodeIds.length)
    memory.setU32(body + 4, 0)
    memory.setU64(body + 8, 0)
    for (const [i, id] of nodeIds.entries()) memory.setU64(body + 16 + i * 8, id)
    this.elsewhere = true
  }

  /** Pollers of the open file are to ask again. */
  wakePollers(kernelHandle: bigint): void {
    const body = BODY + this.#begin(Notify.POLL, 8)
    this.#memory.setBigU64(body, kernelHandle)
  }

  /** A reply that has to follow them. */
  append(reply: Uint8Array, length: number): void {
    const at = this.#reserve(length)
    this.#memory.bytes.set(reply.subarray(0, length), at)
  }

  /** All of them in memory of their own; then there are none. */
  take(): Uint8Array {
    const batch = this.#memory.bytes.subarray(0, this.#length)
    this.clear()
    return new Uint8Array(batch)
  }

  clear(): void {
    this.#length = 0
    this.elsewhere = false
    this.#stale.clear()
  }

  [Symbol.iterator](): Iterator<Uint8Array> {
    return messages(this.#memory.bytes.subarray(0, this.#length))
  }

  #begin(code: number, bytes: number): number {
    const length = OUT_HEADER.size + bytes
    const at = this.#reserve(length)
    const memory = this.#memory
    memory.setU32(at + OUT_HEADER.len, length)
    memory.setU32(at + OUT_HEADER.error, code)
    memory.setU64(at + OUT_HEADER.unique, 0)
    return at
  }

  #reserve(length: number): number {
    const at = this.#length
    this.#length = at + ((length + 7) & ~7)
    if (this.#length > this.#memory.bytes.length) {
      const larger = new Message(2 ** Math.ceil(Math.log2(this.#length)))
      larger.bytes.set(this.#memory.bytes)
      this.#memory = larger
    }
    return at
  }
}

/** Takes a batch apart again. */
export function* messages(batch: Uint8Array): Generator<Uint8Array, void, undefined> {
  const words = new Uint32Array(batch.buffer, batch.byteOffset, batch.length / 4)
  for (let at = 0; at < batch.length; ) {
    const length = words[(at + OUT_HEADER.len) / 4]!
    yield batch.subarray(at, at + length)
    at += (length + 7) & ~7
  }
}
