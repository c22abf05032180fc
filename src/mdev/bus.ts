import { BusType } from '../sysfs/base/bus.ts'
import type { Device } from '../sysfs/base/device.ts'
import type { DeviceDriver } from '../sysfs/base/driver.ts'
import type { Kernel } from '../sysfs/base/kernel.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { Mdev } from './device.ts'

/** /sys/bus/mdev and what the mdev core knows of all parents (drivers/vfio/mdev/mdev_driver.c, mdev_core.c). */
export class MdevBus extends BusType {
  /** All mdevs of the machine by UUID, those that are going included (`mdev_list`). */
  readonly mdevs = new Map<string, Mdev>()
  /** /sys/class/mdev_bus: a compat class, which only holds links to the parents. */
  readonly compatClass: Directory

  constructor(kernel: Kernel) {
    super(kernel, 'mdev')
    this.compatClass = kernel.class.mkdir('mdev_bus')
  }

  /** `mdev_match()`: since 6.x only `create` binds, to the driver of the parent. */
  override match(_device: Device, _driver: DeviceDriver): boolean {
    return !this.kernel.release.mdevMatchRefuses
  }
}
