import type { IommuGroup } from '../iommu/group.ts'
import { Device } from '../sysfs/base/device.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { VfioDevice } from './device.ts'
import { type VfioFileOps, VfioNode } from './file.ts'
import { groupFileOps } from './group-file.ts'
import type { Vfio } from './vfio.ts'

/**
 * /dev/vfio/N with its class device (drivers/vfio/group.c): there from the first vfio device of an IOMMU group to the
 * last.
 */
export class VfioGroup {
  readonly iommuGroup: IommuGroup
  readonly devices = new Set<VfioDevice>()
  readonly #vfio: Vfio
  readonly #minor: number
  readonly #node: Device
  #opened = false

  constructor(vfio: Vfio, iommuGroup: IommuGroup) {
    this.#vfio = vfio
    this.iommuGroup = iommuGroup
    this.#minor = vfio.minors.allocate()
    const { kernel } = iommuGroup
    this.#node = new Device(kernel, iommuGroup.name, {
      class: vfio.groupClass,
      devt: { major: vfio.groupMajor, minor: this.#minor },
      devnode: {
        path: `vfio/${iommuGroup.name}`,
        mode: 0o600,
        make: (name, ino, parent) => new VfioNode(name, ino, parent, 0o600, this),
      },
    }).register()
  }

  get fileOps(): VfioFileOps {
    return groupFileOps(this.iommuGroup.kernel.userMemory)
  }

  /** One at a time: EBUSY (`vfio_group_fops_open()`). Every device of the group is in use until it is closed. */
  open(opener: Caller, readOnly: boolean): () => void {
    if (this.#opened) throw new Errno('EBUSY', `vfio group ${this.iommuGroup.name} is open already`)
    const held: (() => void)[] = []
    const release = () => {
      for (const each of held) each()
    }
    try {
      for (const device of this.devices) held.push(device.open(opener, readOnly))
    } catch (error) {
      release()
      throw error
    }
    this.#opened = true
    return () => {
      this.#opened = false
      release()
    }
  }

  *unregister(): Task {
    yield* this.#node.unregister()
    this.#vfio.minors.free(this.#minor)
  }
}
