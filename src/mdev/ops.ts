import type { DeviceModel } from '../device-model/model.ts'
import type { Device } from '../sysfs/base/device.ts'
import type { Caller, EntryTable } from '../sysfs/kernfs/table.ts'
import type { ErrnoName } from '../sysfs/lib/errno.ts'
import type { Mdev } from './device.ts'
import type { MdevType } from './type.ts'

export type DeviceApi = 'vfio-pci' | 'vfio-platform' | 'vfio-amba' | 'vfio-ccw' | 'vfio-ap'

/** Instances that the core counts for a driver without resources of its own. */
export interface InstanceLimit {
  /** Of all types of one parent together. */
  readonly limit: number
  /** What the driver itself answered before the core counted: up to 5.10. Since 6.1 it is EUSERS. */
  readonly refusal: ErrnoName
}

/** What a vendor driver brings to the mdev core: `struct mdev_driver`; up to 5.10 `struct mdev_parent_ops`. */
export interface MdevOps {
  readonly deviceApi: DeviceApi
  readonly instances?: InstanceLimit
  /** Groups of an mdev: while it is bound, or up to 5.10 as long as it is there. */
  deviceGroups(mdev: Mdev): readonly EntryTable<never>[]
  /** Groups of each type besides those of the core. */
  readonly typeGroups?: readonly EntryTable<never>[]
  /** How many more of that type fit; needed where {@link instances} is absent. */
  available?(type: MdevType): number
  /** Takes what the device needs, or throws the errno with which the driver refuses. */
  create?(mdev: Mdev): void
  /** Gives it back. */
  destroy?(mdev: Mdev): void
  /** What templates may ask of a device that offers mdevs besides its attributes; undefined for names of no meaning. */
  fact?(parent: Device, name: string): string | undefined
  /** What is behind the mdev's file; asked once, when somebody first looks. Nothing where only its interface is known. */
  deviceModel?(mdev: Mdev): DeviceModel | undefined
  /** The same with what carries its state to another machine; nothing where the driver does not migrate. */
  migratable?(mdev: Mdev, hardware: () => DeviceModel): DeviceModel | undefined
  /** The first user opens the device; may throw. */
  openDevice?(mdev: Mdev, opener: Caller): void
  /** The last user is gone. */
  closeDevice?(mdev: Mdev): void
}
