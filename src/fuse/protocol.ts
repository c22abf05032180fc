/** The wire protocol of include/uapi/linux/fuse.h: numbers, and where the fields of its structures lie. */

export const FUSE_KERNEL_VERSION = 7
/** The newest minor version whose structures are spoken here. */
export const FUSE_KERNEL_MINOR_VERSION = 45
/** The oldest: 64-byte INIT reply and the entry structures below (Linux 3.15). */
export const FUSE_OLDEST_MINOR_VERSION = 23
/** The first with FUSE_NOTIFY_PRUNE (Linux 6.18); FUSE_EXPIRE_ONLY is older (6.2). */
export const FUSE_PRUNE_MINOR_VERSION = 45

export const FUSE_ROOT_ID = 1

export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  BATCH_FORGET: 42,
  READDIRPLUS: 44,
  RENAME2: 45,
} as const

/** `error` of a message that is no reply. */
export const Notify = { POLL: 1, INVAL_INODE: 2, INVAL_ENTRY: 3, PRUNE: 9 } as const

/** INIT flags; those from 2^32 on stand in flags2. */
export const InitFlag = {
  ATOMIC_O_TRUNC: 1 << 3,
  BIG_WRITES: 1 << 5,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  PARALLEL_DIROPS: 1 << 18,
  INIT_EXT: 1 << 30,
} as const
/** In flags2: bit 35 of all. */
export const INIT_HAS_EXPIRE_ONLY = 1 << 3

export const FOPEN_DIRECT_IO = 1
/** The handle is that of a directory. */
export const IOCTL_DIR = 1 << 4
export const POLL_SCHEDULE_NOTIFY = 1
export const INVAL_ENTRY_EXPIRE_ONLY = 1

export const SetattrValid = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8,
} as const

/** struct fuse_in_header. */
export const IN_HEADER = {
  len: 0,
  opcode: 4,
  unique: 8,
  nodeid: 16,
  uid: 24,
  gid: 28,
  pid: 32,
  size: 40,
} as const
/** struct fuse_out_header. */
export const OUT_HEADER = { len: 0, error: 4, unique: 8, size: 16 } as const
/** struct fuse_attr. */
export const ATTR = {
  ino: 0,
  size: 8,
  blocks: 16,
  atime: 24,
  mtime: 32,
  ctime: 40,
  atimensec: 48,
  mtimensec: 52,
  ctimensec: 56,
  mode: 60,
  nlink: 64,
  uid: 68,
  gid: 72,
  rdev: 76,
  blksize: 80,
  flags: 84,
  bytes: 88,
} as const
/** struct fuse_entry_out. */
export const ENTRY = {
  nodeid: 0,
  generation: 8,
  entryValid: 16,
  attrValid: 24,
  validNsec: 32,
  attr: 40,
  bytes: 128,
} as const
/** struct fuse_attr_out. */
export const ATTR_OUT = { valid: 0, validNsec: 8, attr: 16, bytes: 104 } as const
/** struct fuse_dirent, without the name. */
export const DIRENT = { ino: 0, off: 8, namelen: 16, type: 20, bytes: 24 } as const
/** struct fuse_setattr_in. */
export const SETATTR = {
  valid: 0,
  atime: 32,
  mtime: 40,
  atimensec: 56,
  mtimensec: 60,
  mode: 68,
  uid: 76,
  gid: 80,
  bytes: 88,
} as const
/** struct fuse_read_in and fuse_write_in; the data follow the latter. */
export const IO = { fh: 0, offset: 8, size: 16, bytes: 40 } as const
/** struct fuse_init_in, up to flags2. */
export const INIT_IN = {
  major: 0,
  minor: 4,
  maxReadahead: 8,
  flags: 12,
  flags2: 16,
  oldBytes: 16,
  bytes: 64,
} as const
/** struct fuse_init_out. */
export const INIT_OUT = {
  major: 0,
  minor: 4,
  maxReadahead: 8,
  flags: 12,
  maxBackground: 16,
  maxWrite: 20,
  timeGran: 24,
  flags2: 32,
  bytes: 64,
} as const
/** struct fuse_ioctl_in, fuse_poll_in. */
export const IOCTL = { fh: 0, flags: 8, cmd: 12, arg: 16, bytes: 32 } as const
export const POLL = { fh: 0, kh: 8, flags: 16, bytes: 24 } as const
