import { Directory } from '../../sysfs/kernfs/directory.ts'
import { FileNode, type OpenFile } from '../../sysfs/kernfs/file.ts'
import {
  type AttributeChange,
  DT_DIR,
  DT_LNK,
  type Node,
  PAGE_SIZE,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  type Timespec,
} from '../../sysfs/kernfs/node.ts'
import { type Refused, refusal } from '../../sysfs/kernfs/refuse.ts'
import { Symlink } from '../../sysfs/kernfs/symlink.ts'
import type { Caller } from '../../sysfs/kernfs/table.ts'
import { getxattr, listxattr, removexattr, setxattr } from '../../sysfs/kernfs/xattr.ts'
import { fromBytes, toBytes } from '../../sysfs/lib/byte-string.ts'
import { ERRNO, Errno } from '../../sysfs/lib/errno.ts'
import { HandleTable } from '../handles.ts'
import type { NativeOperations, NativeStat, Reply } from './package.ts'

/**
 * libfuse does not tell who calls; the kernel has looked at the permissions already. Who mounts is root of the machine, as
 * in a user namespace: what root owns there is his, and so he can write it.
 */
const CALLER: Caller = { uid: 0, gid: 0, pid: 0 }
const UID = process.getuid?.() ?? 0
const GID = process.getgid?.() ?? 0

/** The ID outside of one of the machine's. */
function outside(id: number, own: number): number {
  return id === 0 ? own : id
}

/** The machine's ID of one outside. */
function inside(id: number, own: number): number {
  return id === own ? 0 : id
}

const S_IFMT = 0o170000

/** A tree as fuse-native asks for it: by path. */
export function nativeOperations(
  root: Directory,
  bug: (error: unknown) => void,
): NativeOperations & { close(): void } {
  const files = new HandleTable<OpenFile>()

  const fail = (error: unknown): number => {
    if (error instanceof Errno) return error.errno
    bug(error)
    return -ERRNO.EIO
  }

  const node = (path: string): Node => {
    let found: Node = root
    for (const name of toBytes(path).split('/')) {
      if (name === '') continue
      const next: Node | undefined = found instanceof Directory ? found.lookup(name) : undefined
      if (!next) throw new Errno('ENOENT')
      found = next
    }
    return found
  }

  const file = (handle: number): OpenFile => {
    const open = files.get(handle)
    if (!open) throw new Errno('EBADF')
    return open
  }

  /** Answers with what the action gives, or with what it throws. */
  const answer = <T>(reply: (error: number, result?: T) => void, action: () => T): void => {
    let result: T
    try {
      result = action()
    } catch (error) {
      reply(fail(error))
      return
    }
    if (result === undefined) reply(0)
    else reply(0, result)
  }

  /** The same where the one number is a count or an errno. */
  const count = (reply: (count: number) => void, action: () => ReturnType<OpenFile['write']>): void => {
    try {
      const taken = action()
      if (typeof taken === 'number') reply(taken)
      else taken.wait(reply, error => reply(fail(error)))
    } catch (error) {
      reply(fail(error))
    }
  }

  const change = (path: string, reply: Reply, changed: AttributeChange) =>
    answer(reply, () => node(path).setattr(changed))

  const refuse =
    (operation: Refused) =>
    (...args: readonly unknown[]): void =>
      (args.at(-1) as Reply)(refusal(operation).errno)

  return {
    getattr: (path, reply) => answer(reply, () => stat(node(path))),
    readdir(path, reply) {
      try {
        const directory = node(path)
        if (!(directory instanceof Directory)) throw new Errno('ENOTDIR')
        const entries = directory.list()
        const above = directory.parent ?? directory
        reply(
          0,
          ['.', '..', ...entries.map(({ name }) => fromBytes(name))],
          [{ ino: directory.ino, type: DT_DIR }, { ino: above.ino, type: DT_DIR }, ...entries].map(
            ({ ino, type }) => ({
              ino,
              mode: type === DT_DIR ? S_IFDIR : type === DT_LNK ? S_IFLNK : S_IFREG,
            }),
          ),
        )
      } catch (error) {
        reply(fail(error))
      }
    },
    readlink: (path, reply) =>
      answer(reply, () => {
        const link = node(path)
        if (!(link instanceof Symlink)) throw new Errno('EINVAL')
        return fromBytes(link.text)
      }),
    open: (path, flags, reply) =>
      answer(reply, () => {
        const opened = node(path)
        if (!(opened instanceof FileNode)) throw new Errno('EISDIR')
        return files.add(opened.open(flags, CALLER))
      }),
    read: (_path, handle, buffer, length, offset, reply) =>
      count(reply, () => {
        const data = file(handle).read(offset, length)
        buffer.set(data)
        return data.length
      }),
    write: (_path, handle, buffer, length, offset, reply) =>
      // the buffer is gone after the answer, and what waits may look at it later
      count(reply, () => file(handle).write(Buffer.from(buffer.subarray(0, length)), offset)),
    release: (_path, handle, reply) => answer(reply, () => files.remove(handle)?.release()),
    // a change of size is taken and forgotten, as sysfs does
    truncate: (path, _size, reply) => answer(reply, () => void node(path)),
    ftruncate: (_path, handle, _size, reply) => answer(reply, () => void file(handle)),
    chmod: (path, mode, reply) => change(path, reply, { mode: mode & 0o7777 }),
    chown: (path, uid, gid, reply) =>
      change(path, reply, {
        ...(uid !== UNCHANGED && { uid: inside(uid, UID) }),
        ...(gid !== UNCHANGED && { gid: inside(gid, GID) }),
      }),
    utimens: (path, atime, mtime, reply) =>
      change(path, reply, { atime: timespec(atime), mtime: timespec(mtime) }),
    statfs: (_path, reply) => reply(0, { bsize: PAGE_SIZE, frsize: PAGE_SIZE, namemax: 255 }),
    getxattr: (path, name, _position, reply) =>
      answer(reply, () => Buffer.from(getxattr(node(path), toBytes(name)))),
    setxattr: (path, name, value, _position, flags, reply) =>
      answer(reply, () => setxattr(node(path), toBytes(name), Uint8Array.from(value), flags)),
    listxattr: (path, reply) => answer(reply, () => listxattr(node(path)).map(fromBytes)),
    removexattr: (path, name, reply) => answer(reply, () => removexattr(node(path), toBytes(name))),
    fsync: (_path, _dataOnly, _handle, reply) => reply(0),
    fsyncdir: refuse('fsyncdir'),
    create: refuse('create'),
    mknod: (_path, mode, _device, reply) =>
      reply(refusal((mode & S_IFMT) === S_IFREG ? 'create' : 'mknod').errno),
    mkdir: refuse('mkdir'),
    rmdir: refuse('rmdir'),
    unlink: refuse('unlink'),
    rename: refuse('rename'),
    link: refuse('link'),
    symlink: refuse('symlink'),
    close() {
      for (const open of files) open.release()
    },
  }
}

/** (uid_t)-1: chown(2) leaves it as it is. */
const UNCHANGED = 0xffffffff

function stat(node: Node): NativeStat {
  const { mode, uid, gid, size, nlink, ino } = node
  return {
    mode,
    uid: outside(uid, UID),
    gid: outside(gid, GID),
    size,
    nlink,
    ino,
    blksize: PAGE_SIZE,
    atime: milliseconds(node.atime),
    mtime: milliseconds(node.mtime),
    ctime: milliseconds(node.ctime),
  }
}

function milliseconds({ sec, nsec }: Timespec): number {
  return sec * 1000 + Math.floor(nsec / 1e6)
}

function timespec(ms: number): Timespec {
  const sec = Math.floor(ms / 1000)
  return { sec, nsec: (ms - sec * 1000) * 1e6 }
}
