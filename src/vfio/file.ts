import { DeviceNode } from '../sysfs/base/devtmpfs.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { O_ACCMODE, O_RDONLY, type OpenFile, POLL_DEFAULT } from '../sysfs/kernfs/file.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'

/** What is behind a file, in use between open and release. */
export interface Holdable {
  /** @returns what gives it back */
  open(opener: Caller, readOnly: boolean): () => void
}

/** A file below /dev/vfio. While it is open, what is behind it is in use. */
export class VfioNode extends DeviceNode {
  readonly #behind: Holdable | undefined

  /** @param behind nothing for /dev/vfio/vfio, which belongs to no device */
  constructor(name: string, ino: number, parent: Directory, mode: number, behind?: Holdable) {
    super(name, ino, parent, mode)
    this.#behind = behind
  }

  open(flags: number, opener: Caller): OpenFile {
    if (!this.active) throw new Errno('ENODEV')
    return new OpenVfioFile(this, this.#behind?.open(opener, (flags & O_ACCMODE) === O_RDONLY))
  }
}

/** Neither the group nor the container has read or write (EINVAL); the ioctls are those of the device behind it. */
class OpenVfioFile implements OpenFile {
  readonly node: VfioNode
  readonly direct = true
  #release: (() => void) | undefined

  constructor(node: VfioNode, release: (() => void) | undefined) {
    this.node = node
    this.#release = release
  }

  read(): never {
    throw new Errno('EINVAL')
  }

  write(): never {
    throw new Errno('EINVAL')
  }

  poll(): number {
    return POLL_DEFAULT
  }

  release(): void {
    this.#release?.()
    this.#release = undefined
  }
}
