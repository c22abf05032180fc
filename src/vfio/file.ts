import { DeviceNode } from '../sysfs/base/devtmpfs.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { type OpenFile, POLL_DEFAULT } from '../sysfs/kernfs/file.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'

/** What holds something in use between open and the last close. */
export interface Holdable {
  open(opener: Caller): void
  close(): void
}

/** A file below /dev/vfio. While it is open, what is behind it is in use. */
export class VfioNode extends DeviceNode {
  readonly #behind: Holdable | undefined

  /** @param behind nothing for /dev/vfio/vfio, which belongs to no device */
  constructor(name: string, ino: number, parent: Directory, mode: number, behind?: Holdable) {
    super(name, ino, parent, mode)
    this.#behind = behind
  }

  open(_flags: number, opener: Caller): OpenFile {
    if (!this.active) throw new Errno('ENODEV')
    this.#behind?.open(opener)
    return new OpenVfioFile(this, this.#behind)
  }
}

/** Neither the group nor the container has read or write (EINVAL); the ioctls are those of the device behind it. */
class OpenVfioFile implements OpenFile {
  readonly node: VfioNode
  readonly direct = true
  readonly #behind: Holdable | undefined

  constructor(node: VfioNode, behind: Holdable | undefined) {
    this.node = node
    this.#behind = behind
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
    this.#behind?.close()
  }
}
