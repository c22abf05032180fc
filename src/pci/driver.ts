import type { Device } from '../sysfs/base/device.ts'
import { DeviceDriver, type DriverInit } from '../sysfs/base/driver.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import type { PciBus } from './bus.ts'
import type { PciDevice, PciIdentity } from './device.ts'

/** A row of a driver's id table: `struct pci_device_id`. What is absent matches anything. */
export interface PciDeviceId {
  readonly vendor?: number
  readonly device?: number
  readonly subsystemVendor?: number
  readonly subsystemDevice?: number
  readonly class?: number
  /** Bits of the class that have to be equal; all where absent. */
  readonly classMask?: number
}

/** What a driver does beside enabling its device. */
export interface PciDriverHooks {
  probe?(device: PciDevice): void
  remove?(device: PciDevice): Task
}

export interface PciDriverInit extends DriverInit, PciDriverHooks {
  readonly ids?: readonly PciDeviceId[]
}

/** A driver on the pci bus (drivers/pci/pci-driver.c). */
export class PciDriver extends DeviceDriver {
  readonly ids: readonly PciDeviceId[]
  readonly #hooks: PciDriverHooks

  constructor(bus: PciBus, name: string, init: PciDriverInit = {}) {
    super(bus, name, init)
    this.ids = init.ids ?? []
    this.#hooks = init
  }

  /** Whether the id table names the device (`pci_match_id()`). */
  names({ vendor, device, subsystemVendor, subsystemDevice, class: code }: PciIdentity): boolean {
    return this.ids.some(
      id =>
        (id.vendor ?? vendor) === vendor &&
        (id.device ?? device) === device &&
        (id.subsystemVendor ?? subsystemVendor) === subsystemVendor &&
        (id.subsystemDevice ?? subsystemDevice) === subsystemDevice &&
        (((id.class ?? code) ^ code) & (id.classMask ?? 0xffffff)) === 0,
    )
  }

  override probe(device: Device): void {
    const pci = device as PciDevice
    pci.enable()
    try {
      this.#hooks.probe?.(pci)
    } catch (error) {
      pci.disable()
      throw error
    }
    pci.bound()
  }

  override *release(device: Device): Task {
    const pci = device as PciDevice
    if (this.#hooks.remove) yield* this.#hooks.remove(pci)
    pci.disable()
  }
}
