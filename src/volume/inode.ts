import { Node as MemNode } from '@jsonjoy.com/fs-core'
import { FileNode, O_RDONLY } from '../sysfs/kernfs/file.ts'
import type { Node, Timespec } from '../sysfs/kernfs/node.ts'
import { Symlink } from '../sysfs/kernfs/symlink.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { fromBytes } from '../sysfs/lib/byte-string.ts'
import { readAll } from './open-file.ts'

/** The volume acts as root, as a test of a device manager has to. */
export const ROOT: Caller = { uid: 0, gid: 0, pid: process.pid }

/** A node of the tree as memfs wants to see it: nothing is kept here, everything is asked. */
export class Inode extends MemNode {
  readonly tree: Node
  declare mode: number
  declare symlink: string

  static {
    // memfs has fields for these, which its constructor assigns
    Object.defineProperty(Inode.prototype, 'mode', {
      get(this: Inode) {
        // while the constructor of memfs runs there is nothing to be asked
        return this.tree?.mode ?? 0
      },
      set() {},
    })
    Object.defineProperty(Inode.prototype, 'symlink', {
      get(this: Inode) {
        return this.tree instanceof Symlink ? fromBytes(this.tree.text) : ''
      },
    })
  }

  constructor(tree: Node) {
    super(tree.ino)
    this.tree = tree
  }

  override get nlink(): number {
    return this.tree.nlink
  }

  override get uid(): number {
    return this.tree.uid
  }

  override get gid(): number {
    return this.tree.gid
  }

  override get atime(): Date {
    return date(this.tree.atime)
  }

  override set atime(time: Date) {
    this.tree.setattr({ atime: timespec(time) })
  }

  override get mtime(): Date {
    return date(this.tree.mtime)
  }

  override set mtime(time: Date) {
    this.tree.setattr({ mtime: timespec(time) })
  }

  override get ctime(): Date {
    return date(this.tree.ctime)
  }

  /** kernfs has none; Node shows the ctime then. */
  override get btime(): Date {
    return this.ctime
  }

  override getSize(): number {
    return this.tree.size
  }

  override getBuffer(): Buffer {
    if (!(this.tree instanceof FileNode)) return Buffer.alloc(0)
    const file = this.tree.open(O_RDONLY, ROOT)
    try {
      return readAll(file)
    } finally {
      file.release()
    }
  }

  override getString(encoding: BufferEncoding = 'utf8'): string {
    return this.getBuffer().toString(encoding)
  }

  /** A change of size is taken and forgotten, as sysfs does. */
  override truncate(): void {}

  override chmod(mode: number): void {
    this.tree.setattr({ mode })
  }

  override chown(uid: number, gid: number): void {
    this.tree.setattr({ uid, gid })
  }

  /** Root may; whether the attribute can is asked when it is opened. */
  override canRead(): boolean {
    return true
  }

  override canWrite(): boolean {
    return true
  }

  override canExecute(): boolean {
    return this.isDirectory() || (this.tree.permissions & 0o111) !== 0
  }
}

function date({ sec, nsec }: Timespec): Date {
  return new Date(sec * 1000 + Math.floor(nsec / 1e6))
}

function timespec(time: Date): Timespec {
  const ms = time.getTime()
  const sec = Math.floor(ms / 1000)
  return { sec, nsec: (ms - sec * 1000) * 1e6 }
}
