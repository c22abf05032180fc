/** What conformance cases may ask of a front end: system calls, as near as it has them. Failures are errors whose `code` is the errno. */

export type Type = 'directory' | 'file' | 'link'

export interface Status {
  readonly type: Type
  /** Permission bits. */
  readonly mode: number
  readonly nlink: number
  readonly size: number
  readonly uid: number
  readonly gid: number
  readonly ino: number
  readonly blocks: number
  readonly blksize: number
  /** Whole seconds. */
  readonly mtime: number
}

export interface StatusOfFileSystem {
  readonly bsize: number
  readonly blocks: number
  readonly files: number
  readonly namemax: number
}

/** One name as getdents64 tells it. */
export interface Entry {
  readonly name: string
  readonly ino: number
  readonly type: Type
  /** d_off. */
  readonly offset: number
}

export type Whence = 'set' | 'cur' | 'end' | 'data' | 'hole'

/** An open file or directory. Text is bytes as Latin-1. */
export interface File {
  read(length: number): Promise<string>
  pread(length: number, offset: number): Promise<string>
  write(text: string): Promise<number>
  pwrite(text: string, offset: number): Promise<number>
  writev(texts: readonly string[]): Promise<number>
  /** sendfile(2) of so many bytes from the position on. */
  sendfile(length: number): Promise<string>
  lseek(offset: number, whence: Whence): Promise<number>
  fstat(): Promise<Status>
  /** POLL* bits that hold, or that came to hold within so many milliseconds. */
  poll(timeout: number): Promise<number>
  /** One call of getdents64 with a buffer of that size. */
  getdents(size: number): Promise<Entry[]>
  ftruncate(length: number): Promise<void>
  fchmod(mode: number): Promise<void>
  fsync(): Promise<void>
  fallocate(length: number): Promise<void>
  flock(): Promise<void>
  mmap(length: number, how: 'shared' | 'private'): Promise<void>
  /** @returns the int that the kernel put there */
  ioctl(command: number): Promise<number>
  openat(name: string, flags: number): Promise<File>
  close(): Promise<void>
}

/** A client of the tree. Paths are those of the machine: `/sys/...`. */
export interface Frontend {
  open(path: string, flags: number): Promise<File>
  stat(path: string): Promise<Status>
  lstat(path: string): Promise<Status>
  statfs(path: string): Promise<StatusOfFileSystem>
  readlink(path: string): Promise<string>
  access(path: string, wanted: 'r' | 'w' | 'x'): Promise<void>
  mkdir(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  unlink(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  symlink(target: string, path: string): Promise<void>
  link(from: string, to: string): Promise<void>
  mknod(path: string, kind: 'file' | 'fifo'): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  /** lchown(2). */
  chown(path: string, uid: number, gid: number): Promise<void>
  /** Sets atime and mtime to so many seconds. */
  utime(path: string, seconds: number): Promise<void>
  truncate(path: string, length: number): Promise<void>
  getxattr(path: string, name: string): Promise<string>
  setxattr(path: string, name: string, value: string): Promise<void>
  removexattr(path: string, name: string): Promise<void>
  listxattr(path: string): Promise<string[]>
  /** The same front end as another user sees it. */
  as(uid: number): Frontend
  /** Another client, whose calls do not wait for those of this one. */
  another(): Promise<Frontend>
  /** Asks the tree under test (tree.ts). */
  command(message: string): Promise<unknown>
  close(): Promise<void>
}
