import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { FuseError } from '../error.ts'

const require = createRequire(import.meta.url)

/** What answers a request: an errno, negative as libfuse wants it, or 0 and what was asked for. */
export type Reply<T extends unknown[] = []> = (error: number, ...results: T) => void

/** `struct stat` as the package takes it; times are milliseconds. */
export interface NativeStat {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly nlink: number
  readonly ino: number
  readonly blksize: number
  readonly atime: number
  readonly mtime: number
  readonly ctime: number
}

/** The operations of the package that are used here; it takes what is not given for ENOSYS. */
export interface NativeOperations {
  getattr(path: string, reply: Reply<[NativeStat?]>): void
  readdir(path: string, reply: Reply<[(readonly string[])?, (readonly Partial<NativeStat>[])?]>): void
  readlink(path: string, reply: Reply<[string?]>): void
  open(path: string, flags: number, reply: Reply<[number?]>): void
  read(
    path: string,
    handle: number,
    buffer: Buffer,
    length: number,
    offset: number,
    reply: (count: number) => void,
  ): void
  write(
    path: string,
    handle: number,
    buffer: Buffer,
    length: number,
    offset: number,
    reply: (count: number) => void,
  ): void
  release(path: string, handle: number, reply: Reply): void
  truncate(path: string, size: number, reply: Reply): void
  ftruncate(path: string, handle: number, size: number, reply: Reply): void
  chmod(path: string, mode: number, reply: Reply): void
  chown(path: string, uid: number, gid: number, reply: Reply): void
  utimens(path: string, atime: number, mtime: number, reply: Reply): void
  statfs(path: string, reply: Reply<[Readonly<Record<string, number>>?]>): void
  getxattr(path: string, name: string, position: number, reply: Reply<[Buffer?]>): void
  setxattr(path: string, name: string, value: Buffer, position: number, flags: number, reply: Reply): void
  listxattr(path: string, reply: Reply<[(readonly string[])?]>): void
  removexattr(path: string, name: string, reply: Reply): void
  fsync(path: string, dataOnly: boolean, handle: number, reply: Reply): void
  fsyncdir(path: string, dataOnly: boolean, handle: number, reply: Reply): void
  create(path: string, mode: number, reply: Reply): void
  mknod(path: string, mode: number, device: number, reply: Reply): void
  mkdir(path: string, mode: number, reply: Reply): void
  rmdir(path: string, reply: Reply): void
  unlink(path: string, reply: Reply): void
  rename(from: string, to: string, reply: Reply): void
  link(from: string, to: string, reply: Reply): void
  symlink(target: string, path: string, reply: Reply): void
}

interface Mountable {
  mount(done: (error: Error | null) => void): void
}

/** The class of the package; `_fuseOptions` is the one place where mount options can be given as they are. */
export interface NativeFuse {
  new (mountpoint: string, operations: NativeOperations, options: { timeout: false }): Mountable
  prototype: Mountable & { _fuseOptions(): string }
}

/** RTLD_NODELETE (dlfcn.h), for which Node has no name. */
const RTLD_NODELETE = 0x1000

const INSTEAD = 'use --transport kernel as root, or mdevfs run'

/** Whether the package is installed; it is optional. */
export function isInstalled(): boolean {
  try {
    require.resolve('fuse-native')
    return true
  } catch {
    return false
  }
}

/**
 * Loads the package. Its addon wants a `libfuse.so.2`, which few systems have; the package brings one, but does not tell the
 * loader. Loaded first, it is found under the name that it has itself.
 */
export function loadNative(): NativeFuse {
  if (!isInstalled()) {
    throw new FuseError(
      `The transport fuse-native is a package of its own, which is not installed: npm install fuse-native, or ${INSTEAD}.`,
    )
  }
  try {
    const { lib } = createRequire(require.resolve('fuse-native'))('fuse-shared-library') as { lib: string }
    preload(lib)
    return require('fuse-native') as NativeFuse
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]
    throw new FuseError(
      `fuse-native has nothing that can be loaded on ${process.platform}-${process.arch} (${why}): ${INSTEAD}.`,
    )
  }
}

/** Has the loader open a library and keep it. It is no addon, so Node complains; then it is there. */
function preload(library: string): void {
  const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen
  try {
    process.dlopen({ exports: {} }, library, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE)
  } catch (error) {
    if (!/did not self-register/.test((error as Error).message)) throw error
  }
}
