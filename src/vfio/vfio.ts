import type { GroupInit, IommuGroup, IommuGroups } from '../iommu/group.ts'
import { Class } from '../sysfs/base/class.ts'
import { Device } from '../sysfs/base/device.ts'
import type { Kernel } from '../sysfs/base/kernel.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Ida } from '../sysfs/lib/ida.ts'
import { VfioDevice, type VfioDeviceOps } from './device.ts'
import { type Holdable, VfioNode } from './file.ts'
import { VfioGroup } from './group.ts'
import { containerFileOps } from './group-file.ts'

/** /dev/vfio/vfio belongs to no device. */
const CONTAINER: Holdable = { open: () => () => {}, fileOps: containerFileOps }

/** The vfio core: its classes, device numbers, and the groups that have a node now. */
export class Vfio {
  readonly iommuGroups: IommuGroups
  readonly groupClass: Class
  /** vfio-dev, where the release has it. */
  readonly deviceClass: Class | undefined
  /** Dynamic majors, as a Debian kernel without many other drivers gives them out. */
  readonly groupMajor = 244
  readonly cdevMajor = 243
  readonly minors = new Ida()
  readonly indices = new Ida()
  readonly #groups = new Map<IommuGroup, VfioGroup>()
  readonly #kernel: Kernel

  constructor(kernel: Kernel, iommuGroups: IommuGroups) {
    this.#kernel = kernel
    this.iommuGroups = iommuGroups
    this.groupClass = new Class(kernel, 'vfio')
    this.deviceClass = kernel.release.vfioDev ? new Class(kernel, 'vfio-dev') : undefined
    // the container, a misc device
    new Device(kernel, 'vfio', {
      class: new Class(kernel, 'misc'),
      devt: { major: 10, minor: 196 },
      devnode: {
        path: 'vfio/vfio',
        mode: 0o666,
        tellMode: true,
        make: (name, ino, parent) => new VfioNode(name, ino, parent, 0o666, CONTAINER),
      },
    }).register()
  }

  /** /sys/kernel/debug/vfio, where the release has it. */
  get debugfs(): Directory | undefined {
    const { release, kernel } = this.#kernel
    return release.vfioCdev ? kernel.ensure('debug').ensure('vfio') : undefined
  }

  /** `vfio_register_group_dev()`: the device is in an IOMMU group already. */
  registerGroupDevice(device: Device, iommuGroup: IommuGroup, ops: VfioDeviceOps): VfioDevice {
    let group = this.#groups.get(iommuGroup)
    if (!group) {
      group = new VfioGroup(this, iommuGroup)
      this.#groups.set(iommuGroup, group)
    }
    return new VfioDevice(this, device, group, ops)
  }

  /** `vfio_register_emulated_iommu_dev()`: a group of its own, without an IOMMU behind it. */
  registerEmulatedIommuDevice(device: Device, ops: VfioDeviceOps): VfioDevice {
    const init: GroupInit = device.kernel.release.emulatedGroupName ? { name: 'vfio-noiommu' } : {}
    const iommuGroup = this.iommuGroups.allocate(init)
    iommuGroup.addDevice(device)
    return this.registerGroupDevice(device, iommuGroup, ops)
  }

  /**
   * `vfio_unregister_group_dev()`: waits for users; the group's node goes with its last device.
   *
   * @param remover the process that wants it gone, if one asked for it
   */
  *unregister(vfioDevice: VfioDevice, remover?: number): Task {
    yield* vfioDevice.unregister(remover)
    const { group } = vfioDevice
    if (group.devices.size > 0) return
    yield* group.unregister()
    this.#groups.delete(group.iommuGroup)
  }

  /** The same, and the emulated IOMMU group goes too. */
  *unregisterEmulatedIommuDevice(vfioDevice: VfioDevice, remover?: number): Task {
    yield* this.unregister(vfioDevice, remover)
    this.iommuGroups.leave(vfioDevice.device)
  }
}
