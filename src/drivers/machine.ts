import { type GroupInit, IommuGroups } from '../iommu/group.ts'
import { MdevBus } from '../mdev/bus.ts'
import type { MdevOps } from '../mdev/ops.ts'
import { MdevParent } from '../mdev/parent.ts'
import type { MdevTypeInit } from '../mdev/type.ts'
import { PciBus } from '../pci/bus.ts'
import type { PciDevice, PciDeviceInit } from '../pci/device.ts'
import type { Device } from '../sysfs/base/device.ts'
import type { DeviceDriver } from '../sysfs/base/driver.ts'
import { Kernel, type KernelInit } from '../sysfs/base/kernel.ts'
import { Module, type ModuleInit } from '../sysfs/base/module.ts'
import { MdevDriver } from '../vfio/mdev.ts'
import { Vfio } from '../vfio/vfio.ts'

/** A device that is to offer mdev types, and by whose driver. */
export interface MdevParentRegistration {
  readonly device: Device
  /** The driver of its mdevs since 6.1; before, that is vfio_mdev for all. */
  readonly driverName: string
  readonly module?: Module
  readonly ops: MdevOps
  readonly types: readonly MdevTypeInit[]
}

/** What the IOMMU of a PC sets up for a PCI device: DMA by translation, and the window of message interrupts. */
export const PCI_GROUP: GroupInit = {
  domain: 'DMA',
  reserved: [{ start: 0xfee00000n, end: 0xfeefffffn, type: 'msi' }],
}

/** A fake machine: a kernel with its subsystems. Each comes into being when something of it is there. */
export class Machine {
  readonly kernel: Kernel
  #iommuGroups: IommuGroups | undefined
  #pciBus: PciBus | undefined
  #mdevBus: MdevBus | undefined
  #vfio: Vfio | undefined
  readonly #modules = new Map<string, Module>()
  readonly #mdevDrivers = new Map<string, DeviceDriver>()

  constructor(init: KernelInit = {}) {
    this.kernel = new Kernel(init)
  }

  get iommuGroups(): IommuGroups {
    this.#iommuGroups ??= new IommuGroups(this.kernel)
    return this.#iommuGroups
  }

  get vfio(): Vfio {
    this.#vfio ??= new Vfio(this.kernel, this.iommuGroups)
    return this.#vfio
  }

  get pciBus(): PciBus {
    this.#pciBus ??= new PciBus(this.kernel)
    return this.#pciBus
  }

  /** The mdev bus; the module `mdev` is loaded with it. */
  get mdevBus(): MdevBus {
    if (!this.#mdevBus) {
      this.module('mdev')
      this.#mdevBus = new MdevBus(this.kernel)
    }
    return this.#mdevBus
  }

  /** The module of that name, loaded if it is not. */
  module(name: string, init?: ModuleInit): Module {
    let module = this.#modules.get(name)
    if (!module) {
      module = new Module(this.kernel, name, init)
      this.#modules.set(name, module)
    }
    return module
  }

  /**
   * Puts a PCI function into the machine.
   *
   * @param iommuGroup the number of its group, where the firmware decides; otherwise it gets one of its own
   * @param appear called with the function whenever it is found, and with each of its virtual functions
   */
  plugPci(
    init: PciDeviceInit,
    under?: string,
    iommuGroup?: number,
    appear?: (device: PciDevice) => void,
  ): PciDevice {
    const groups = this.iommuGroups
    return this.pciBus.plug(init, under, {
      appear(device) {
        // firmware knows nothing of virtual functions
        const group =
          iommuGroup === undefined || device.isVirtual
            ? groups.allocate(PCI_GROUP)
            : groups.obtain(iommuGroup, PCI_GROUP)
        group.addDevice(device)
        appear?.(device)
      },
      disappear: device => groups.leave(device),
    })
  }

  registerMdevParent({ device, driverName, module, ops, types }: MdevParentRegistration): MdevParent {
    const driver = this.#mdevDriver(driverName, module)
    return new MdevParent({ bus: this.mdevBus, device, ops, driver, types })
  }

  #mdevDriver(vendorName: string, vendorModule: Module | undefined): DeviceDriver {
    const own = this.kernel.release.ownMdevDriver
    const name = own ? vendorName : 'vfio_mdev'
    let driver = this.#mdevDrivers.get(name)
    if (!driver) {
      const module = own ? vendorModule : this.module('vfio_mdev')
      driver = new MdevDriver(this.mdevBus, this.vfio, name, module).register()
      this.#mdevDrivers.set(name, driver)
    }
    return driver
  }
}
