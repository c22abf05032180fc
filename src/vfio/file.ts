import { DeviceNode } from '../sysfs/base/devtmpfs.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { O_ACCMODE, O_RDONLY, type OpenFile, POLL_DEFAULT } from '../sysfs/kernfs/file.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'

/** What is behind a file, in use between open and release. */
export interface Holdable {
  /** @returns what gives it back */
  open(opener: Caller, readOnly: boolean): () => void
  readonly fileOps?: VfioFileOps | undefined
}

/** What an open file does: `struct file_operations`. */
export interface VfioFileOps {
  read?(offset: number, length: number): Uint8Array
  write?(offset: number, data: Uint8Array): number
  ioctl(command: number, argument: bigint, caller: Caller): number
}

/** A file below /dev/vfio. While it is open, what is behind it is in use. */
export class VfioNode extends DeviceNode {
  readonly #behind: Holdable

  constructor(name: string, ino: number, parent: Directory, mode: number, behind: Holdable) {
    super(name, ino, parent, mode)
    this.#behind = behind
  }

  open(flags: number, opener: Caller): OpenFile {
    if (!this.active) throw new Errno('ENODEV')
    const release = this.#behind.open(opener, (flags & O_ACCMODE) === O_RDONLY)
    return new OpenVfioFile(this, this.#behind.fileOps, release)
  }
}

/** Neither the group nor the container has read or write: EINVAL. */
class OpenVfioFile implements OpenFile {
  readonly node: VfioNode
  readonly direct = true
  readonly #ops: VfioFileOps | undefined
  #release: (() => void) | undefined

  constructor(node: VfioNode, ops: VfioFileOps | undefined, release: (() => void) | undefined) {
    this.node = node
    this.#ops = ops
    this.#release = release
  }

  read(offset: number, length: number): Uint8Array {
    if (!this.#ops?.read) throw new Errno('EINVAL')
    return this.#ops.read(offset, length)
  }

  write(data: Buffer, offset: number): number {
    if (!this.#ops?.write) throw new Errno('EINVAL')
    return this.#ops.write(offset, data)
  }

  ioctl(command: number, argument: bigint, caller: Caller): number {
    if (!this.#ops) throw new Errno('ENOTTY')
    return this.#ops.ioctl(command, argument, caller)
  }

  poll(): number {
    return POLL_DEFAULT
  }

  release(): void {
    this.#release?.()
    this.#release = undefined
  }
}
