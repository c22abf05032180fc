import { IommuGroups } from '../iommu/group.ts'
import { MdevBus } from '../mdev/bus.ts'
import type { MdevOps } from '../mdev/ops.ts'
import { MdevParent } from '../mdev/parent.ts'
import type { MdevTypeInit } from '../mdev/type.ts'
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

/** A fake machine: a kernel with its subsystems. Each comes into being when something of it is there. */
export class Machine {
  readonly kernel: Kernel
  #iommuGroups: IommuGroups | undefined
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
