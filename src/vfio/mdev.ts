import { bareModel, type DeviceKind } from '../device-model/model.ts'
import type { MdevBus } from '../mdev/bus.ts'
import type { Mdev } from '../mdev/device.ts'
import type { DeviceApi } from '../mdev/ops.ts'
import type { Device } from '../sysfs/base/device.ts'
import { DeviceDriver } from '../sysfs/base/driver.ts'
import type { Module } from '../sysfs/base/module.ts'
import type { EntryTable } from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import type { VfioDevice } from './device.ts'
import type { Vfio } from './vfio.ts'

const KINDS: Readonly<Record<DeviceApi, DeviceKind>> = {
  'vfio-pci': 'pci',
  'vfio-platform': 'platform',
  'vfio-amba': 'amba',
  'vfio-ccw': 'ccw',
  'vfio-ap': 'ap',
}

/**
 * The driver of mdevs on the mdev bus: it makes a vfio device of each that it binds. Up to 5.10 there is one for all,
 * vfio_mdev, and the parent's driver takes resources before the device appears; since then each vendor has its own,
 * which takes them in probe and gives them back last.
 */
export class MdevDriver extends DeviceDriver {
  readonly #vfio: Vfio
  readonly #vfioDevices = new Map<Mdev, VfioDevice>()

  constructor(bus: MdevBus, vfio: Vfio, name: string, module?: Module) {
    super(bus, name, module && { module })
    this.#vfio = vfio
  }

  override deviceGroups(device: Device): readonly EntryTable<never>[] {
    if (!this.kernel.release.ownMdevDriver) return []
    const mdev = device as Mdev
    return mdev.mdevType.supports.ops.deviceGroups(mdev)
  }

  override probe(device: Device): void {
    const mdev = device as Mdev
    const { ops } = mdev.mdevType.supports
    if (this.kernel.release.createInProbe) ops.create?.(mdev)
    const hardware = () => ops.deviceModel?.(mdev) ?? bareModel(KINDS[ops.deviceApi])
    const migratable = ops.migratable?.(mdev, hardware)
    const vfioDevice = this.#vfio.registerEmulatedIommuDevice(mdev, {
      openDevice: opener => ops.openDevice?.(mdev, opener),
      closeDevice: () => ops.closeDevice?.(mdev),
      deviceModel: () => migratable ?? hardware(),
      migration: migratable?.migration,
    })
    this.#vfioDevices.set(mdev, vfioDevice)
  }

  override *release(device: Device): Task {
    const mdev = device as Mdev
    const vfioDevice = this.#vfioDevices.get(mdev)!
    this.#vfioDevices.delete(mdev)
    yield* this.#vfio.unregisterEmulatedIommuDevice(vfioDevice, mdev.remover)
    if (this.kernel.release.createInProbe) mdev.mdevType.supports.ops.destroy?.(mdev)
  }
}
