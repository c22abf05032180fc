import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { OpenFile } from '../sysfs/kernfs/file.ts'
import type { Listing } from '../sysfs/kernfs/listing.ts'
import { DT_DIR, type Node, PAGE_SIZE, type Timespec } from '../sysfs/kernfs/node.ts'
import type { TreeObserver } from '../sysfs/kernfs/superblock.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import type { Completion } from '../sysfs/lib/completion.ts'
import { ERRNO, Errno, type ErrnoName } from '../sysfs/lib/errno.ts'
import type { Complaints } from './complaints.ts'
import { HandleTable } from './handles.ts'
import { Message } from './message.ts'
import { NodeTable } from './nodes.ts'
import { Notices } from './notify.ts'
import { operations } from './operations.ts'
import { ATTR, ATTR_OUT, ENTRY, IN_HEADER, Opcode, OUT_HEADER } from './protocol.ts'
import { REPLY_SIZE, REQUEST_SIZE } from './sizes.ts'

/** Cached by the kernel until it is told otherwise: this many seconds. */
const FOREVER = 0x7fffffff

/** How many nodes that were in use when they should have been forgotten are tried again with others. */
const PRUNED_AGAIN = 32

/** What the server needs of the thread that it runs in. */
export interface Outlet {
  /** Sends the first bytes of a buffer, which is used again afterwards. */
  send(buffer: Uint8Array, length: number): void
  /**
   * Sends a batch of messages in their order from another thread: a notification may have to wait for a directory's lock, which
   * may be held for a look-up that only this thread can answer.
   */
  sendElsewhere(batch: Uint8Array): void
  /** How many of these there were, and how many of them were sent: 32 bits, signed, which begin anew. */
  batches(): number
  done(): number
  /** A STATFS request came: somebody may want the serving thread. */
  woken(): void
}

/** One record of the wire log. */
export interface LogRecord {
  readonly operation: string
  readonly unique: string
  readonly nodeid: number
  readonly path?: string
  readonly pid: number
  readonly result: ErrnoName | 'ok'
}

export interface OpenHandle {
  readonly file: OpenFile
  /** The kernel's handle of somebody who polls it. */
  poller?: bigint
}

/**
 * The file system side of one FUSE connection: takes requests apart, asks the tree, and answers each exactly once. It
 * knows directories, attributes and links; what they stand for is not its business.
 */
export class Server implements TreeObserver {
  readonly request: Message
  readonly reply = new Message(REPLY_SIZE)
  readonly nodes: NodeTable
  readonly files = new HandleTable<OpenHandle>()
  readonly listings = new HandleTable<Listing>()
  /** Set by INIT: the kernel can expire names, and be asked to forget what nobody uses. */
  expires = false
  readonly #outlet: Outlet
  readonly #log: ((record: LogRecord) => void) | undefined
  /** How many nodes outside the tree the kernel may have stopped using since it was last asked to forget such. */
  #unused = 0
  /** WRITE requests whose writers wait, by unique id. */
  readonly #pending = new Set<bigint>()
  /** What has to reach the kernel before the next reply. */
  readonly #notices = new Notices()
  /** Whether the reply to this request may not overtake what the other thread has to send ({@link Operation.follows}). */
  #follows = false
  #replied = false
  readonly #complaints: Complaints

  constructor(root: Directory, outlet: Outlet, complaints: Complaints, log?: (record: LogRecord) => void) {
    this.#outlet = outlet
    this.#complaints = complaints
    this.#log = log
    this.request = new Message(REQUEST_SIZE)
    this.nodes = new NodeTable(root, {
      last: () => (outlet.batches() + (this.#notices.empty ? 0 : 1)) | 0,
      done: outlet.done,
    })
    root.superblock.observe(this)
  }

  /** Answers the request of that many bytes in {@link request}. Never throws. */
  dispatch(length: number): void {
    const { request } = this
    if (length < IN_HEADER.size || request.u32(IN_HEADER.len) !== length) return
    const opcode = request.u32(IN_HEADER.opcode)
    const operation = operations[opcode]
    this.#replied = false
    this.#follows = operation?.follows === true
    let result: ErrnoName | undefined
    try {
      if (!operation) throw new Errno('ENOSYS')
      if (length < IN_HEADER.size + operation.size) throw new Errno('EIO', `${operation.name} is too short`)
      operation.handle(this, length)
    } catch (error) {
      result = this.#fail(error)
      if (operation?.silent !== true && !this.#replied) this.#sendError(result)
    }
    if (this.#log && operation) this.#record(operation.name, result)
    if (opcode === Opcode.STATFS) this.#outlet.woken()
    this.flush()
    if (this.#unused > 0) this.#prune()
  }

  /** The node that the request is about. EIO for an id that was never told. */
  node(): Node {
    const node = this.nodes.get(this.request.u64(IN_HEADER.nodeid))
    if (!node) throw new Errno('EIO', 'unknown node id')
    return node
  }

  directory(): Directory {
    const node = this.node()
    if (node.type !== DT_DIR) throw new Errno('ENOTDIR')
    return node as Directory
  }

  file(handle: number): OpenHandle {
    const open = this.files.get(handle)
    if (!open) throw new Errno('EBADF')
    return open
  }

  /** A name in the request, from an offset behind the header. EIO unless it ends within the request. */
  name(at: number, length: number): string {
    const name = this.request.name(IN_HEADER.size + at, length)
    if (name === undefined) throw new Errno('EIO', 'a name without end')
    return name
  }

  /** Who made the request. */
  caller(): Caller {
    const { request } = this
    return {
      uid: request.u32(IN_HEADER.uid),
      gid: request.u32(IN_HEADER.gid),
      pid: request.u32(IN_HEADER.pid),
    }
  }

  /** Fills a struct fuse_attr. */
  putAttr(at: number, node: Node): void {
    const { reply } = this
    const { atime, mtime, ctime } = node
    reply.setU64(at + ATTR.ino, node.ino)
    reply.setU64(at + ATTR.size, node.size)
    reply.setU64(at + ATTR.blocks, 0)
    putTime(reply, at + ATTR.atime, at + ATTR.atimensec, atime)
    putTime(reply, at + ATTR.mtime, at + ATTR.mtimensec, mtime)
    putTime(reply, at + ATTR.ctime, at + ATTR.ctimensec, ctime)
    reply.setU32(at + ATTR.mode, node.mode)
    reply.setU32(at + ATTR.nlink, node.nlink)
    reply.setU32(at + ATTR.uid, node.uid)
    reply.setU32(at + ATTR.gid, node.gid)
    reply.setU32(at + ATTR.rdev, 0)
    reply.setU32(at + ATTR.blksize, PAGE_SIZE)
    reply.setU32(at + ATTR.flags, 0)
  }

  /** Fills a struct fuse_entry_out: the kernel has one reference more to the node from now on. */
  putEntry(at: number, node: Node): void {
    const { reply, nodes } = this
    const id = nodes.remember(node)
    reply.setU64(at + ENTRY.nodeid, id)
    reply.setU64(at + ENTRY.generation, nodes.generation(id))
    reply.setU64(at + ENTRY.entryValid, FOREVER)
    reply.setU64(at + ENTRY.attrValid, FOREVER)
    reply.setU64(at + ENTRY.validNsec, 0)
    this.putAttr(at + ENTRY.attr, node)
  }

  /** Fills a struct fuse_attr_out and sends it. */
  sendAttr(node: Node): void {
    const { reply } = this
    reply.setU64(OUT_HEADER.size + ATTR_OUT.valid, FOREVER)
    reply.setU64(OUT_HEADER.size + ATTR_OUT.validNsec, 0)
    this.putAttr(OUT_HEADER.size + ATTR_OUT.attr, node)
    this.send(ATTR_OUT.bytes)
  }

  /** Sends so many bytes that were put behind the header of {@link reply}. */
  send(bytes: number): void {
    const { reply, request } = this
    reply.setU32(OUT_HEADER.error, 0)
    reply.setU32(OUT_HEADER.unique, request.u32(IN_HEADER.unique))
    reply.setU32(OUT_HEADER.unique + 4, request.u32(IN_HEADER.unique + 4))
    this.#transmit(OUT_HEADER.size + bytes)
  }

  /** Sends bytes that lie elsewhere. */
  sendBytes(bytes: Uint8Array): void {
    this.reply.bytes.set(bytes, OUT_HEADER.size)
    this.send(bytes.length)
  }

  /** The answer to a WRITE: the count, now or when the writer has waited long enough. */
  sendWritten(outcome: number | Completion<number>): void {
    if (typeof outcome === 'number') {
      this.#putWritten(outcome)
      this.send(8)
      return
    }
    const unique = this.request.bigU64(IN_HEADER.unique)
    this.#pending.add(unique)
    this.#replied = true
    outcome.wait(
      count => this.#settle(unique, count),
      error => this.#settle(unique, error),
    )
  }

  /** INTERRUPT: whoever waits gets EINTR, now. What was begun goes on without him. */
  interrupt(unique: bigint): void {
    this.#settle(unique, new Errno('EINTR'))
  }

  /** A client closed it; where it is gone from the tree, the kernel need not know it any longer. */
  closed(node: Node): void {
    if (!node.active) this.#unused++
  }

  /** Sends notifications that no reply carries. */
  flush(): void {
    const notices = this.#notices
    if (notices.empty) return
    if (notices.elsewhere) {
      this.#outlet.sendElsewhere(notices.take())
    } else {
      for (const notice of notices) this.#outlet.send(notice, notice.length)
      notices.clear()
    }
  }

  /** Everything that clients held is given back: the connection is gone. */
  release(): void {
    for (const { file } of this.files) {
      try {
        file.release()
      } catch (error) {
        this.#fail(error)
      }
    }
  }

  vanished(parent: Directory, name: string, node: Node): void {
    const id = this.nodes.idOf(node)
    if (id === undefined) return
    const parentId = this.nodes.idOf(parent)
    if (parentId !== undefined) this.#notices.invalidateEntry(parentId, name, this.expires)
    if (this.expires) {
      this.nodes.bury(id)
      this.#unused++
    }
    // a removed directory has no subdirectories any more
    if (node.type === DT_DIR) this.#notices.invalidateAttributes(id)
    this.notified(node)
  }

  changed(node: Node): void {
    const id = this.nodes.idOf(node)
    if (id !== undefined) this.#notices.invalidateAttributes(id)
  }

  notified(node: Node): void {
    for (const open of this.files) {
      if (open.file.node !== node || open.poller === undefined) continue
      this.#notices.wakePollers(open.poller)
      delete open.poller
    }
  }

  /**
   * An expired name stays in the kernel's caches until somebody asks for it, which for a removed device is never. Those
   * that were in use the last time are tried again, a few each time.
   */
  #prune(): void {
    const ids = this.nodes.takeGone(this.#unused + PRUNED_AGAIN)
    this.#unused = 0
    if (ids.length === 0) return
    this.#notices.prune(ids)
    this.flush()
  }

  #putWritten(count: number): void {
    this.reply.setU32(OUT_HEADER.size, count)
    this.reply.setU32(OUT_HEADER.size + 4, 0)
  }

  /** Answers a write that waited, with its count or with what went wrong; unless it was answered before. */
  #settle(unique: bigint, outcome: unknown): void {
    if (!this.#pending.delete(unique)) return
    this.#follows = true
    const { reply } = this
    reply.setBigU64(OUT_HEADER.unique, unique)
    if (typeof outcome === 'number') {
      reply.setU32(OUT_HEADER.error, 0)
      this.#putWritten(outcome)
      this.#transmit(OUT_HEADER.size + 8)
    } else {
      reply.setU32(OUT_HEADER.error, -ERRNO[this.#fail(outcome)])
      this.#transmit(OUT_HEADER.size)
    }
  }

  #sendError(code: ErrnoName): void {
    const { reply, request } = this
    reply.setU32(OUT_HEADER.error, -ERRNO[code])
    reply.setU32(OUT_HEADER.unique, request.u32(IN_HEADER.unique))
    reply.setU32(OUT_HEADER.unique + 4, request.u32(IN_HEADER.unique + 4))
    this.#transmit(OUT_HEADER.size)
  }

  /**
   * A reply that has to follow notifications travels with them where they go elsewhere; also where they are somebody
   * else's and still on their way: who creates what another just removed must not find the removed one by its name.
   */
  #transmit(length: number): void {
    this.reply.setU32(OUT_HEADER.len, length)
    this.#replied = true
    const { bytes } = this.reply
    const notices = this.#notices
    if (this.#follows && this.#outlet.batches() !== this.#outlet.done()) notices.elsewhere = true
    const { elsewhere } = notices
    if (elsewhere) notices.append(bytes, length)
    this.flush()
    if (!elsewhere) this.#outlet.send(bytes, length)
  }

  /** The errno of whatever was thrown. Anything but an Errno is a mistake in the tree: told once, answered EIO. */
  #fail(error: unknown): ErrnoName {
    if (error instanceof Errno) return error.code
    this.#complaints.tell('a bug, answered with EIO', error)
    return 'EIO'
  }

  #record(operation: string, error: ErrnoName | undefined): void {
    const { request } = this
    const nodeid = request.u64(IN_HEADER.nodeid)
    const path = this.nodes.get(nodeid)?.path
    this.#log!({
      operation,
      unique: String(request.bigU64(IN_HEADER.unique)),
      nodeid,
      ...(path !== undefined && { path }),
      pid: request.u32(IN_HEADER.pid),
      result: error ?? 'ok',
    })
  }
}

function putTime(reply: Message, seconds: number, nanoseconds: number, { sec, nsec }: Timespec): void {
  reply.setU64(seconds, sec)
  reply.setU32(nanoseconds, nsec)
}
