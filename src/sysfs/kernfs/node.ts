import type { Directory } from './directory.ts'
import { nameHash } from './hash.ts'
import type { Superblock } from './superblock.ts'

/** d_type of getdents64 (include/linux/fs_types.h). */
export const DT_DIR = 4
export const DT_REG = 8
export const DT_LNK = 10
export type DirentType = typeof DT_DIR | typeof DT_REG | typeof DT_LNK

export const S_IFDIR = 0o040000
export const S_IFREG = 0o100000
export const S_IFLNK = 0o120000

/** The size that st_size of a text attribute shows, and what one read or write moves at most: one page. */
export const PAGE_SIZE = 4096

export interface Timespec {
  readonly sec: number
  readonly nsec: number
}

/** What chmod, chown and utimensat may change. */
export interface AttributeChange {
  mode?: number
  uid?: number
  gid?: number
  atime?: Timespec
  mtime?: Timespec
}

/** `struct kernfs_iattrs`: kept only for nodes that somebody changed. */
interface Changed {
  permissions?: number
  uid?: number
  gid?: number
  atime?: Timespec
  mtime?: Timespec
  ctime?: Timespec
  xattrs?: Map<string, Uint8Array>
}

/** One name in the tree: `struct kernfs_node` (include/linux/kernfs.h). */
export abstract class Node {
  /** A byte string. */
  readonly name: string
  readonly ino: number
  /** False once it was removed: then open files answer ENODEV (`kernfs_active()`). */
  active = true
  /** Stays set after removal, so that `..` of a removed directory leads somewhere. */
  parent: Directory | undefined
  #hash = -1
  #born: Timespec | undefined
  #changed: Changed | undefined

  constructor(name: string, ino: number, parent: Directory | undefined) {
    this.name = name
    this.ino = ino
    this.parent = parent
  }

  abstract readonly type: DirentType
  abstract readonly superblock: Superblock
  abstract readonly nlink: number
  /** st_size. */
  abstract readonly size: number
  /** Permission bits as declared, before any chmod. */
  protected abstract readonly declaredMode: number

  get hash(): number {
    if (this.#hash < 0) this.#hash = nameHash(this.name)
    return this.#hash
  }

  /** Permission bits. */
  get permissions(): number {
    return this.#changed?.permissions ?? this.declaredMode
  }

  /** st_mode. */
  get mode(): number {
    const format = this.type === DT_DIR ? S_IFDIR : this.type === DT_LNK ? S_IFLNK : S_IFREG
    return format | this.permissions
  }

  get uid(): number {
    return this.#changed?.uid ?? 0
  }

  get gid(): number {
    return this.#changed?.gid ?? 0
  }

  get atime(): Timespec {
    return this.#changed?.atime ?? this.#instantiated()
  }

  get mtime(): Timespec {
    return this.#changed?.mtime ?? this.#instantiated()
  }

  get ctime(): Timespec {
    return this.#changed?.ctime ?? this.#instantiated()
  }

  /** chmod, chown, utimensat: kept as long as the node lives (`kernfs_iop_setattr()`). */
  setattr(change: AttributeChange): void {
    this.#changed ??= {}
    const { mode, ...rest } = change
    Object.assign(this.#changed, rest)
    if (mode !== undefined) this.#changed.permissions = mode & 0o7777
    this.#changed.ctime = this.superblock.clock.now()
  }

  /** Extended attributes set on this node, by name; made on first use. */
  get xattrs(): Map<string, Uint8Array> {
    this.#changed ??= {}
    this.#changed.xattrs ??= new Map()
    return this.#changed.xattrs
  }

  get hasXattrs(): boolean {
    return (this.#changed?.xattrs?.size ?? 0) > 0
  }

  /** Whether forgetting the object would lose something that a client set. */
  get pristine(): boolean {
    return this.#changed === undefined
  }

  /** The path from the root of the mount, `/sys/bus/mdev` for instance. */
  get path(): string {
    const above = this.parent
    if (!above) return '/'
    return above.parent ? `${above.path}/${this.name}` : `/${this.name}`
  }

  /** An inode has the time at which it was first looked at (fs/kernfs/inode.c `kernfs_init_inode()`). */
  #instantiated(): Timespec {
    this.#born ??= this.superblock.clock.now()
    return this.#born
  }
}
