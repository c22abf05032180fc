import { functionModel } from '../device-model/function.ts'
import type { IommuGroup } from '../iommu/group.ts'
import type { Migration } from '../migration/migration.ts'
import type { PciDevice } from '../pci/device.ts'
import { PciDriver } from '../pci/driver.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { VfioDevice } from '../vfio/device.ts'
import type { Machine } from './machine.ts'

/** The name of the driver. */
export const VFIO_PCI = 'vfio-pci'

/** Parameters of the module, as they read while nobody sets them. */
const PARAMETERS = {
  nointxmask: 'N',
  disable_idle_d3: 'N',
  disable_vga: 'N',
  disable_denylist: 'N',
  enable_sriov: 'N',
}

/** Functions that a vendor's part of vfio-pci gives migration to. */
export type Migrations = ReadonlyMap<PciDevice, Migration<PciDevice>>

/**
 * Loads vfio-pci, which hands PCI functions to user space (drivers/vfio/pci/vfio_pci.c). It takes those whose
 * driver_override names it, and those that new_id names. EINVAL for a function outside any IOMMU group.
 */
export function loadVfioPci(machine: Machine, migrations?: Migrations): PciDriver {
  const { vfio, pciBus } = machine
  const { release } = machine.kernel
  const held = new Map<PciDevice, VfioDevice>()
  /** Nobody uses it, so it may sleep (`vfio_pci_core_register_device()`). */
  const setPower = (device: PciDevice, status: 'active' | 'suspended', forbidden = false) => {
    if (release.vfioPciRuntimePm) device.pm = { ...device.pm, status, forbidden }
  }
  return new PciDriver(pciBus, VFIO_PCI, {
    module: machine.module('vfio_pci', { parameters: PARAMETERS }),
    enablesLater: true,
    probe(device) {
      const group = device.iommuGroup
      if (!group) throw new Errno('EINVAL', `${device.name} is in no IOMMU group`)
      const hardware = () => functionModel(device)
      const migratable = migrations?.get(device)?.migratable(device, hardware)
      const vfioDevice = vfio.registerGroupDevice(device, group as IommuGroup, {
        deviceModel: () => migratable ?? hardware(),
        migration: migratable?.migration,
        openDevice() {
          migrations?.get(device)?.openDevice(device)
          setPower(device, 'active')
          device.enable()
        },
        closeDevice() {
          device.disable()
          setPower(device, 'suspended')
          migrations?.get(device)?.closeDevice(device)
        },
      })
      held.set(device, vfioDevice)
      setPower(device, 'suspended')
    },
    *remove(device) {
      const vfioDevice = held.get(device)!
      held.delete(device)
      yield* vfio.unregister(vfioDevice)
      setPower(device, 'active', true)
    },
  }).register()
}
