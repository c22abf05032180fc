import { FileNode } from '../sysfs/kernfs/file.ts'
import { Listing } from '../sysfs/kernfs/listing.ts'
import { type AttributeChange, DT_DIR, type Node, PAGE_SIZE, S_IFREG } from '../sysfs/kernfs/node.ts'
import { type Refused, refusal } from '../sysfs/kernfs/refuse.ts'
import { Symlink } from '../sysfs/kernfs/symlink.ts'
import { getxattr, listxattr, removexattr, setxattr } from '../sysfs/kernfs/xattr.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import {
  DIRENT,
  ENTRY,
  FOPEN_DIRECT_IO,
  FUSE_KERNEL_MINOR_VERSION,
  FUSE_KERNEL_VERSION,
  FUSE_OLDEST_MINOR_VERSION,
  FUSE_PRUNE_MINOR_VERSION,
  IN_HEADER,
  INIT_HAS_EXPIRE_ONLY,
  INIT_IN,
  INIT_OUT,
  InitFlag,
  IO,
  IOCTL,
  IOCTL_DIR,
  Opcode,
  OUT_HEADER,
  POLL,
  POLL_SCHEDULE_NOTIFY,
  SETATTR,
  SetattrValid,
} from './protocol.ts'
import type { Server } from './server.ts'
import { MAX_WRITE } from './sizes.ts'

/** How one kind of request is answered. */
export interface Operation {
  readonly name: string
  /** Bytes behind the header that a well-formed request has at least. */
  readonly size: number
  /** Set where the kernel expects no answer, not even to nonsense. */
  readonly silent?: boolean
  /**
   * Set where the answer may lead the client to a name, and the kernel holds no directory's lock while it waits for it. It
   * is kept back until the names that went before are gone from the kernel's caches, which needs such locks. (READ is
   * none of these: getdents(2) may fault in a page of a mapped file, and holds the lock meanwhile.)
   */
  readonly follows?: boolean
  /** Sends the answer, or throws the Errno to answer with. */
  handle(server: Server, length: number): void
}

const BODY = IN_HEADER.size
const OUT = OUT_HEADER.size

/** The file systems's own part of each request; the rest of INIT's flags is left to the kernel. */
const WANTED_FLAGS =
  InitFlag.ATOMIC_O_TRUNC |
  InitFlag.BIG_WRITES |
  InitFlag.DO_READDIRPLUS |
  InitFlag.READDIRPLUS_AUTO |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.INIT_EXT

function init(server: Server): void {
  const { request, reply } = server
  const major = request.u32(BODY + INIT_IN.major)
  const minor = request.u32(BODY + INIT_IN.minor)
  if (major < FUSE_KERNEL_VERSION || (major === FUSE_KERNEL_VERSION && minor < FUSE_OLDEST_MINOR_VERSION)) {
    throw new Errno('EPROTO', `FUSE ${major}.${minor} is too old`)
  }
  const flags = request.u32(BODY + INIT_IN.flags)
  const extended = (flags & InitFlag.INIT_EXT) !== 0
  const flags2 = extended ? request.u32(BODY + INIT_IN.flags2) : 0
  reply.zero(OUT, INIT_OUT.bytes)
  reply.setU32(OUT + INIT_OUT.major, FUSE_KERNEL_VERSION)
  reply.setU32(OUT + INIT_OUT.minor, FUSE_KERNEL_MINOR_VERSION)
  reply.setU32(OUT + INIT_OUT.maxReadahead, request.u32(BODY + INIT_IN.maxReadahead))
  reply.setU32(OUT + INIT_OUT.flags, (flags & WANTED_FLAGS) >>> 0)
  reply.setU32(OUT + INIT_OUT.maxWrite, MAX_WRITE)
  reply.setU32(OUT + INIT_OUT.timeGran, 1)
  reply.setU32(OUT + INIT_OUT.flags2, flags2 & INIT_HAS_EXPIRE_ONLY)
  server.expires = minor >= FUSE_PRUNE_MINOR_VERSION && (flags2 & INIT_HAS_EXPIRE_ONLY) !== 0
  server.send(INIT_OUT.bytes)
}

function lookup(server: Server, length: number): void {
  const node = server.directory().lookup(server.name(0, length))
  // an error, not an entry without node: the kernel must not remember that the name is not there
  if (!node) throw new Errno('ENOENT')
  server.putEntry(OUT, node)
  server.send(ENTRY.bytes)
}

function forget(server: Server): void {
  const { request } = server
  server.nodes.forget(request.u64(IN_HEADER.nodeid), request.u64(BODY))
}

function batchForget(server: Server, length: number): void {
  const { request } = server
  const count = Math.min(request.u32(BODY), Math.floor((length - BODY - 8) / 16))
  for (let i = 0; i < count; i++) {
    const at = BODY + 8 + i * 16
    server.nodes.forget(request.u64(at), request.u64(at + 8))
  }
}

function setattr(server: Server): void {
  const { request } = server
  const node = server.node()
  const valid = request.u32(BODY + SETATTR.valid)
  const change: AttributeChange = {}
  if (valid & SetattrValid.MODE) change.mode = request.u32(BODY + SETATTR.mode)
  if (valid & SetattrValid.UID) change.uid = request.u32(BODY + SETATTR.uid)
  if (valid & SetattrValid.GID) change.gid = request.u32(BODY + SETATTR.gid)
  const time = (at: number, nsecAt: number, now: number) =>
    valid & now
      ? node.superblock.clock.now()
      : { sec: Number(BigInt.asIntN(64, request.bigU64(BODY + at))), nsec: request.u32(BODY + nsecAt) }
  if (valid & SetattrValid.ATIME)
    change.atime = time(SETATTR.atime, SETATTR.atimensec, SetattrValid.ATIME_NOW)
  if (valid & SetattrValid.MTIME)
    change.mtime = time(SETATTR.mtime, SETATTR.mtimensec, SetattrValid.MTIME_NOW)
  // a change of size alone, which sysfs takes and forgets, leaves no mark
  if (Object.keys(change).length > 0) node.setattr(change)
  server.sendAttr(node)
}

function readlink(server: Server): void {
  const node = server.node()
  if (!(node instanceof Symlink)) throw new Errno('EINVAL')
  server.send(server.reply.bytes.latin1Write(node.text, OUT))
}

function open(server: Server): void {
  const { request, reply } = server
  const node = server.node()
  if (!(node instanceof FileNode)) throw new Errno('EISDIR')
  const file = node.open(request.u32(BODY), server.caller())
  const handle = server.files.add({ file })
  reply.setU64(OUT, handle)
  reply.setU32(OUT + 8, file.direct ? FOPEN_DIRECT_IO : 0)
  reply.setU32(OUT + 12, 0)
  server.send(16)
}

function read(server: Server): void {
  const { request } = server
  const { file } = server.file(request.u64(BODY + IO.fh))
  const size = Math.min(request.u32(BODY + IO.size), server.reply.bytes.length - OUT)
  server.sendBytes(file.read(request.u64(BODY + IO.offset), size))
}

function write(server: Server, length: number): void {
  const { request } = server
  const { file } = server.file(request.u64(BODY + IO.fh))
  const start = BODY + IO.bytes
  const size = request.u32(BODY + IO.size)
  if (start + size > length) throw new Errno('EIO', 'less data than announced')
  server.sendWritten(file.write(request.bytes.subarray(start, start + size), request.u64(BODY + IO.offset)))
}

function release(server: Server): void {
  const open = server.files.remove(server.request.u64(BODY))
  open?.file.release()
  server.send(0)
  if (open) server.closed(open.file.node)
}

function opendir(server: Server): void {
  const { reply } = server
  reply.setU64(OUT, server.listings.add(new Listing(server.directory())))
  reply.setU64(OUT + 8, 0)
  server.send(16)
}

function releasedir(server: Server): void {
  const listing = server.listings.remove(server.request.u64(BODY))
  server.send(0)
  if (listing) server.closed(listing.directory)
}

/** Where names start to be hashes: `.` stands at 0 and `..` at 1. */
const FIRST_HASH = 2

/**
 * READDIR and READDIRPLUS. `.` carries d_off 1, `..` the hash of the first name, each name that of the next, and the
 * last 0x7fffffff.
 */
function readdir(server: Server, plus: boolean): void {
  const { request, reply } = server
  const listing = server.listings.get(request.u64(BODY + IO.fh))
  if (!listing) throw new Errno('EBADF')
  const { directory, names } = listing
  const limit = OUT + Math.min(request.u32(BODY + IO.size), reply.bytes.length - OUT)
  let offset = request.u64(BODY + IO.offset)
  let at = OUT
  const put = (name: string, ino: number, type: number, next: number, node: Node | undefined): boolean => {
    const size = (DIRENT.bytes + name.length + 7) & ~7
    if (at + size + (plus ? ENTRY.bytes : 0) > limit) return false
    if (plus) {
      // without a node only the name is told
      if (node) server.putEntry(at, node)
      else reply.zero(at, ENTRY.bytes)
      at += ENTRY.bytes
    }
    reply.setU64(at + DIRENT.ino, ino)
    reply.setU64(at + DIRENT.off, next)
    reply.setU32(at + DIRENT.namelen, name.length)
    reply.setU32(at + DIRENT.type, type)
    reply.bytes.latin1Write(name, at + DIRENT.bytes)
    reply.bytes.fill(0, at + DIRENT.bytes + name.length, at + size)
    at += size
    return true
  }

  if (offset === 0 && put('.', directory.ino, DT_DIR, 1, undefined)) offset = 1
  if (
    offset === 1 &&
    put('..', (directory.parent ?? directory).ino, DT_DIR, listing.offsetAfter(-1), undefined)
  ) {
    offset = FIRST_HASH
  }
  if (offset >= FIRST_HASH) {
    let index = listing.seek(offset)
    for (; index < names.length; index++) {
      const { name, ino, type } = names[index]!
      const node = plus ? directory.lookup(name) : undefined
      if (!put(name, ino, type, listing.offsetAfter(index), node)) break
    }
    listing.told(index)
  }
  server.send(at - OUT)
}

function statfs(server: Server): void {
  const { reply } = server
  reply.zero(OUT, 80)
  reply.setU32(OUT + 40, PAGE_SIZE)
  reply.setU32(OUT + 44, 255)
  reply.setU32(OUT + 48, PAGE_SIZE)
  server.send(80)
}

/** The value, or its length where the caller gave no room for it; ERANGE where the room is too small. */
function sendXattr(server: Server, value: Uint8Array): void {
  const room = server.request.u32(BODY)
  if (room === 0) {
    server.reply.setU32(OUT, value.length)
    server.reply.setU32(OUT + 4, 0)
    server.send(8)
    return
  }
  if (value.length > room) throw new Errno('ERANGE')
  server.sendBytes(value)
}

function setXattr(server: Server, length: number): void {
  const { request } = server
  const name = server.name(8, length)
  const start = BODY + 8 + name.length + 1
  const size = request.u32(BODY)
  if (start + size > length) throw new Errno('EIO', 'less data than announced')
  setxattr(server.node(), name, request.bytes.subarray(start, start + size), request.u32(BODY + 4))
  server.send(0)
}

function mknod(server: Server): never {
  const regular = (server.request.u32(BODY) & 0o170000) === S_IFREG
  throw refusal(regular ? 'create' : 'mknod')
}

function poll(server: Server): void {
  const { request, reply } = server
  const open = server.file(request.u64(BODY + POLL.fh))
  if (request.u32(BODY + POLL.flags) & POLL_SCHEDULE_NOTIFY) open.poller = request.bigU64(BODY + POLL.kh)
  reply.setU32(OUT, open.file.poll())
  reply.setU32(OUT + 4, 0)
  server.send(8)
}

function ioctl(server: Server): void {
  const { request, reply } = server
  // a directory's handle is of another table, and might be somebody else's file here
  if (request.u32(BODY + IOCTL.flags) & IOCTL_DIR) throw new Errno('ENOTTY')
  const { file } = server.file(request.u64(BODY + IOCTL.fh))
  if (!file.ioctl) throw new Errno('ENOTTY')
  const result = file.ioctl(request.u32(BODY + IOCTL.cmd), request.bigU64(BODY + IOCTL.arg), server.caller())
  reply.zero(OUT, 16)
  reply.setU32(OUT, result)
  server.send(16)
}

function refuse(name: string, operation: Refused, size = 0): Operation {
  return {
    name,
    size,
    handle() {
      throw refusal(operation)
    },
  }
}

/** What is not here is answered with ENOSYS: the kernel then does it itself, or says EOPNOTSUPP (fallocate, tmpfile). */
const TABLE: Readonly<Record<number, Operation>> = {
  [Opcode.LOOKUP]: { name: 'LOOKUP', size: 1, handle: lookup },
  [Opcode.FORGET]: { name: 'FORGET', size: 8, silent: true, handle: forget },
  [Opcode.GETATTR]: { name: 'GETATTR', size: 0, handle: server => server.sendAttr(server.node()) },
  [Opcode.SETATTR]: { name: 'SETATTR', size: SETATTR.bytes, handle: setattr },
  [Opcode.READLINK]: { name: 'READLINK', size: 0, follows: true, handle: readlink },
  [Opcode.SYMLINK]: refuse('SYMLINK', 'symlink'),
  [Opcode.MKNOD]: { name: 'MKNOD', size: 16, handle: mknod },
  [Opcode.MKDIR]: refuse('MKDIR', 'mkdir'),
  [Opcode.UNLINK]: refuse('UNLINK', 'unlink'),
  [Opcode.RMDIR]: refuse('RMDIR', 'rmdir'),
  [Opcode.RENAME]: refuse('RENAME', 'rename'),
  [Opcode.RENAME2]: refuse('RENAME2', 'rename'),
  [Opcode.LINK]: refuse('LINK', 'link'),
  [Opcode.OPEN]: { name: 'OPEN', size: 8, handle: open },
  [Opcode.READ]: { name: 'READ', size: IO.bytes, handle: read },
  [Opcode.WRITE]: { name: 'WRITE', size: IO.bytes, follows: true, handle: write },
  [Opcode.STATFS]: { name: 'STATFS', size: 0, handle: statfs },
  [Opcode.RELEASE]: { name: 'RELEASE', size: 8, handle: release },
  [Opcode.FSYNC]: { name: 'FSYNC', size: 0, handle: server => server.send(0) },
  [Opcode.SETXATTR]: { name: 'SETXATTR', size: 9, handle: setXattr },
  [Opcode.GETXATTR]: {
    name: 'GETXATTR',
    size: 9,
    handle: (server, length) => sendXattr(server, getxattr(server.node(), server.name(8, length))),
  },
  [Opcode.LISTXATTR]: {
    name: 'LISTXATTR',
    size: 8,
    handle(server) {
      const names = listxattr(server.node()).map(name => `${name}\0`)
      sendXattr(server, Buffer.from(names.join(''), 'latin1'))
    },
  },
  [Opcode.REMOVEXATTR]: {
    name: 'REMOVEXATTR',
    size: 1,
    handle(server, length) {
      removexattr(server.node(), server.name(0, length))
      server.send(0)
    },
  },
  [Opcode.INIT]: { name: 'INIT', size: INIT_IN.oldBytes, handle: init },
  [Opcode.OPENDIR]: { name: 'OPENDIR', size: 8, handle: opendir },
  [Opcode.READDIR]: { name: 'READDIR', size: IO.bytes, handle: server => readdir(server, false) },
  [Opcode.READDIRPLUS]: { name: 'READDIRPLUS', size: IO.bytes, handle: server => readdir(server, true) },
  [Opcode.RELEASEDIR]: { name: 'RELEASEDIR', size: 8, handle: releasedir },
  [Opcode.FSYNCDIR]: refuse('FSYNCDIR', 'fsyncdir'),
  [Opcode.CREATE]: refuse('CREATE', 'create'),
  [Opcode.INTERRUPT]: {
    name: 'INTERRUPT',
    size: 8,
    silent: true,
    handle: server => server.interrupt(server.request.bigU64(BODY)),
  },
  [Opcode.DESTROY]: { name: 'DESTROY', size: 0, handle: server => server.send(0) },
  [Opcode.IOCTL]: { name: 'IOCTL', size: IOCTL.bytes, follows: true, handle: ioctl },
  [Opcode.POLL]: { name: 'POLL', size: POLL.bytes, handle: poll },
  [Opcode.BATCH_FORGET]: { name: 'BATCH_FORGET', size: 8, silent: true, handle: batchForget },
}

/** By opcode. */
export const operations: readonly (Operation | undefined)[] = Array.from(
  { length: 64 },
  (_, opcode) => TABLE[opcode],
)
