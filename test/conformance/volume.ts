import { constants } from 'node:fs'
import type { IFs } from 'memfs'
import { volumeOf } from '../../src/volume/index.ts'
import type { File, Frontend, Status, StatusOfFileSystem } from './frontend.ts'
import { TreeUnderTest } from './tree.ts'

/** What `fs` has no function for. */
function notFs(operation: string): () => Promise<never> {
  return async () => {
    throw new Error(`fs has no ${operation}`)
  }
}

type Stats = Awaited<ReturnType<IFs['promises']['stat']>>

function status(stats: Stats): Status {
  const { mode, nlink, size, uid, gid, ino, blocks, blksize, mtimeMs } = stats
  return {
    type: stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file',
    mode: Number(mode) & 0o7777,
    nlink: Number(nlink),
    size: Number(size),
    uid: Number(uid),
    gid: Number(gid),
    ino: Number(ino),
    blocks: Number(blocks),
    blksize: Number(blksize),
    mtime: Math.floor(Number(mtimeMs) / 1000),
  }
}

const WANTED = { r: constants.R_OK, w: constants.W_OK, x: constants.X_OK }

/** The functions of `fs` on the volume, in this process. */
export function volumeFrontend(): Frontend {
  const tree = new TreeUnderTest()
  const fs = volumeOf(tree.root)
  const { promises } = fs
  const frontend: Frontend = {
    open: async (path, flags) => new VolumeFile(await promises.open(path, flags)),
    stat: async path => status(await promises.stat(path)),
    lstat: async path => status(await promises.lstat(path)),
    async statfs(path) {
      const { bsize, blocks, files } = await promises.statfs(path)
      return { bsize, blocks, files } as StatusOfFileSystem
    },
    readlink: async path => String(await promises.readlink(path)),
    access: (path, wanted) => promises.access(path, WANTED[wanted]),
    mkdir: async path => void (await promises.mkdir(path)),
    rmdir: path => promises.rmdir(path),
    unlink: path => promises.unlink(path),
    rename: (from, to) => promises.rename(from, to),
    symlink: (target, path) => promises.symlink(target, path),
    link: (from, to) => promises.link(from, to),
    mknod: notFs('mknod'),
    chmod: (path, mode) => promises.chmod(path, mode),
    chown: (path, uid, gid) => promises.lchown(path, uid, gid),
    utime: (path, seconds) => promises.utimes(path, seconds, seconds),
    truncate: (path, length) => promises.truncate(path, length),
    getxattr: notFs('getxattr'),
    setxattr: notFs('setxattr'),
    removexattr: notFs('removexattr'),
    listxattr: notFs('listxattr'),
    as: () => ({ ...frontend, open: notFs('other user'), access: notFs('other user') }),
    another: async () => frontend,
    command: async message => tree.command(message),
    close: async () => {},
  }
  return frontend
}

type Handle = Awaited<ReturnType<IFs['promises']['open']>>

class VolumeFile implements File {
  readonly #handle: Handle

  constructor(handle: Handle) {
    this.#handle = handle
  }

  read(length: number): Promise<string> {
    return this.#read(length, null)
  }

  pread(length: number, offset: number): Promise<string> {
    return this.#read(length, offset)
  }

  async #read(length: number, position: number | null): Promise<string> {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position)
    return buffer.toString('latin1', 0, bytesRead)
  }

  async write(text: string): Promise<number> {
    return (await this.#handle.write(Buffer.from(text, 'latin1'))).bytesWritten
  }

  async pwrite(text: string, offset: number): Promise<number> {
    const buffer = Buffer.from(text, 'latin1')
    return (await this.#handle.write(buffer, 0, buffer.length, offset)).bytesWritten
  }

  async writev(texts: readonly string[]): Promise<number> {
    const buffers = texts.map(text => Buffer.from(text, 'latin1'))
    return (await this.#handle.writev(buffers)).bytesWritten
  }

  async fstat(): Promise<Status> {
    return status(await this.#handle.stat())
  }

  ftruncate(length: number): Promise<void> {
    return this.#handle.truncate(length)
  }

  fchmod(mode: number): Promise<void> {
    return this.#handle.chmod(mode)
  }

  fsync(): Promise<void> {
    return this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  lseek = notFs('lseek')
  poll = notFs('poll')
  getdents = notFs('getdents')
  fallocate = notFs('fallocate')
  flock = notFs('flock')
  mmap = notFs('mmap')
  ioctl = notFs('ioctl')
  sendfile = notFs('sendfile')
  openat = notFs('openat')
}
