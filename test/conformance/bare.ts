import { Directory, type Dirent } from '../../src/sysfs/kernfs/directory.ts'
import { FileNode, type OpenFile } from '../../src/sysfs/kernfs/file.ts'
import { Listing } from '../../src/sysfs/kernfs/listing.ts'
import { DT_DIR, DT_REG, type Node, PAGE_SIZE } from '../../src/sysfs/kernfs/node.ts'
import { Symlink } from '../../src/sysfs/kernfs/symlink.ts'
import { getxattr, listxattr, removexattr, setxattr } from '../../src/sysfs/kernfs/xattr.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'
import type { Entry, File, Frontend, Status, Type } from './frontend.ts'
import { TreeUnderTest } from './tree.ts'

const ROOT = { uid: 0, gid: 0, pid: process.pid }

/** What only a kernel in front of kernfs does. */
function notKernfs(operation: string): () => Promise<never> {
  return async () => {
    throw new Error(`kernfs knows no ${operation}`)
  }
}

function typeOf(type: Node['type'] | Dirent['type']): Type {
  if (type === DT_DIR) return 'directory'
  return type === DT_REG ? 'file' : 'link'
}

function status(node: Node): Status {
  const { permissions: mode, nlink, size, uid, gid, ino } = node
  return {
    type: typeOf(node.type),
    mode,
    nlink,
    size,
    uid,
    gid,
    ino,
    blocks: 0,
    blksize: PAGE_SIZE,
    mtime: node.mtime.sec,
  }
}

/** kernfs called directly: no kernel, no transport. */
export function bareFrontend(): Frontend {
  const tree = new TreeUnderTest()

  const walk = (path: string, follow = true): Node => {
    let node: Node = tree.root
    const steps = path.split('/').filter(step => step !== '' && step !== '.')
    for (const [i, step] of steps.entries()) {
      if (!(node instanceof Directory)) throw new Errno('ENOTDIR')
      const next = node.lookup(step)
      if (!next) throw new Errno('ENOENT')
      node = next instanceof Symlink && (follow || i < steps.length - 1) ? next.target : next
    }
    return node
  }
  const frontend: Frontend = {
    async open(path, flags) {
      const node = walk(path)
      if (node instanceof Directory) return new BareDirectory(node)
      if (node instanceof FileNode) return new BareFile(node.open(flags, ROOT))
      throw new Errno('ELOOP')
    },
    stat: async path => status(walk(path)),
    lstat: async path => status(walk(path, false)),
    statfs: notKernfs('statfs'),
    async readlink(path) {
      const node = walk(path, false)
      if (!(node instanceof Symlink)) throw new Errno('EINVAL')
      return node.text
    },
    access: notKernfs('access'),
    mkdir: notKernfs('mkdir'),
    rmdir: notKernfs('rmdir'),
    unlink: notKernfs('unlink'),
    rename: notKernfs('rename'),
    symlink: notKernfs('symlink'),
    link: notKernfs('link'),
    mknod: notKernfs('mknod'),
    chmod: async (path, mode) => walk(path).setattr({ mode }),
    chown: async (path, uid, gid) => walk(path, false).setattr({ uid, gid }),
    async utime(path, sec) {
      walk(path).setattr({ atime: { sec, nsec: 0 }, mtime: { sec, nsec: 0 } })
    },
    truncate: async path => void walk(path),
    getxattr: async (path, name) => Buffer.from(getxattr(walk(path), name)).toString('latin1'),
    setxattr: async (path, name, value) => setxattr(walk(path), name, Buffer.from(value, 'latin1'), 0),
    removexattr: async (path, name) => removexattr(walk(path), name),
    listxattr: async path => listxattr(walk(path)),
    as: () => ({ ...frontend, open: notKernfs('permission'), access: notKernfs('permission') }),
    another: async () => frontend,
    command: async message => tree.command(message),
    close: async () => {},
  }
  return frontend
}

class BareFile implements File {
  readonly #open: OpenFile
  #position = 0

  constructor(open: OpenFile) {
    this.#open = open
  }

  async read(length: number): Promise<string> {
    const text = await this.pread(length, this.#position)
    this.#position += text.length
    return text
  }

  async pread(length: number, offset: number): Promise<string> {
    return Buffer.from(this.#open.read(offset, length)).toString('latin1')
  }

  async write(text: string): Promise<number> {
    const count = await this.pwrite(text, this.#position)
    this.#position += count
    return count
  }

  async pwrite(text: string, offset: number): Promise<number> {
    return await this.#open.write(Buffer.from(text, 'latin1'), offset)
  }

  writev(texts: readonly string[]): Promise<number> {
    return this.write(texts.join(''))
  }

  async lseek(offset: number, whence: string): Promise<number> {
    if (whence === 'set') this.#position = offset
    else if (whence === 'cur') this.#position += offset
    else throw new Error('the size is not for kernfs to seek by')
    return this.#position
  }

  async fstat(): Promise<Status> {
    return status(this.#open.node)
  }

  async poll(): Promise<number> {
    return this.#open.poll()
  }

  async fchmod(mode: number): Promise<void> {
    this.#open.node.setattr({ mode })
  }

  async close(): Promise<void> {
    this.#open.release()
  }

  async ftruncate(): Promise<void> {}
  getdents = notKernfs('getdents of a file')
  fsync = notKernfs('fsync')
  fallocate = notKernfs('fallocate')
  flock = notKernfs('flock')
  mmap = notKernfs('mmap')
  ioctl = notKernfs('ioctl')
  sendfile = notKernfs('sendfile')
  openat = notKernfs('openat of a file')
}

/** `struct linux_dirent64` before the name. */
const DIRENT_HEADER = 19

class BareDirectory implements File {
  readonly #listing: Listing
  #position = 0

  constructor(directory: Directory) {
    this.#listing = new Listing(directory)
  }

  async getdents(size: number): Promise<Entry[]> {
    const { names, directory } = this.#listing
    const entries: Entry[] = []
    let room = size
    const put = (name: string, ino: number, type: Type, offset: number): boolean => {
      room -= (DIRENT_HEADER + name.length + 1 + 7) & ~7
      if (room < 0) return false
      entries.push({ name, ino, type, offset })
      this.#position = offset
      return true
    }
    if (this.#position === 0 && !put('.', directory.ino, 'directory', 1)) return entries
    if (this.#position === 1 && !put('..', directory.parent!.ino, 'directory', this.#listing.offsetAfter(-1)))
      return entries
    let index = this.#listing.seek(this.#position)
    for (; index < names.length; index++) {
      const { name, ino, type } = names[index]!
      if (!put(name, ino, typeOf(type), this.#listing.offsetAfter(index))) break
    }
    this.#listing.told(index)
    return entries
  }

  async lseek(offset: number, whence: string): Promise<number> {
    if (whence === 'end') return 0
    if (offset < 0) throw new Errno('EINVAL')
    this.#position = offset
    return offset
  }

  async fstat(): Promise<Status> {
    return status(this.#listing.directory)
  }

  async openat(name: string, flags: number): Promise<File> {
    const node = this.#listing.directory.lookup(name)
    if (!node) throw new Errno('ENOENT')
    if (node instanceof Directory) return new BareDirectory(node)
    if (node instanceof FileNode) return new BareFile(node.open(flags, ROOT))
    throw new Errno('ELOOP')
  }

  async close(): Promise<void> {}
  read = notKernfs('read of a directory')
  pread = notKernfs('read of a directory')
  write = notKernfs('write of a directory')
  pwrite = notKernfs('write of a directory')
  writev = notKernfs('write of a directory')
  poll = notKernfs('poll of a directory')
  ftruncate = notKernfs('truncation of a directory')
  fchmod = notKernfs('fchmod of a directory')
  fsync = notKernfs('fsync')
  fallocate = notKernfs('fallocate')
  flock = notKernfs('flock')
  mmap = notKernfs('mmap')
  ioctl = notKernfs('ioctl')
  sendfile = notKernfs('sendfile')
}
