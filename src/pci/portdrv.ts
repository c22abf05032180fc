import { BusType } from '../sysfs/base/bus.ts'
import { Device } from '../sysfs/base/device.ts'
import { DeviceDriver, type DriverInit } from '../sysfs/base/driver.ts'
import { NO_RUNTIME_PM } from '../sysfs/base/power.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { PciBus } from './bus.ts'
import { AER } from './config/extended.ts'
import { PORT_TYPES } from './config/standard.ts'
import { walk } from './config/walk.ts'
import type { PciDevice } from './device.ts'
import { PciDriver, type PciDriverInit } from './driver.ts'
import { isRootPort } from './express.ts'

/** Register and bit of the PCI Express capability: the port notices when the bandwidth of its link changes. */
const LNKCAP = 0x0c
const LNKCAP_LBNC = 21

/** Services of ports (drivers/pci/pcie/portdrv.h), with the driver of each, where one is built in. */
const SERVICES = [
  { service: 0x01, driver: 'pcie_pme', offers: isRootPort },
  { service: 0x02, driver: 'aer', offers: reportsErrors },
  { service: 0x10, driver: undefined, offers: noticesBandwidth },
] as const

function portType(port: PciDevice): number {
  return port.express!.view.bits(2, 4, 4)
}

function reportsErrors(port: PciDevice): boolean {
  return walk(port.config.bytes).found.some(
    ({ space, structure }) => space === 'ecap' && structure.id === AER,
  )
}

function noticesBandwidth(port: PciDevice): boolean {
  const below = portType(port) === PORT_TYPES.root || portType(port) === PORT_TYPES.downstream
  return below && port.express!.view.bits(LNKCAP, LNKCAP_LBNC, 1) === 1
}

/** What a port does besides forwarding: `struct pcie_device`. */
class PcieDevice extends Device {
  readonly service: number
  readonly port: PciDevice

  constructor(bus: BusType, port: PciDevice, service: number) {
    const id = ((portType(port) - PORT_TYPES.root) << 8) | service
    super(bus.kernel, `${port.name}:pcie${id.toString(16).padStart(3, '0')}`, { parent: port, bus })
    this.service = service
    this.port = port
    // pm_runtime_no_callbacks()
    this.pm = { ...NO_RUNTIME_PM, async: true, noCallbacks: true }
  }
}

/** A driver of one service; those of errors and of power management events take root ports only. */
class PcieServiceDriver extends DeviceDriver {
  readonly service: number

  constructor(bus: BusType, name: string, service: number) {
    super(bus, name)
    this.service = service
  }

  override probe(device: Device): void {
    if (!isRootPort((device as PcieDevice).port)) throw new Errno('ENODEV')
  }
}

/** The bus of services, /sys/bus/pci_express (`pcie_port_bus_match()`). */
class PciePortBus extends BusType {
  override match(device: Device, driver: DeviceDriver): boolean {
    return (device as PcieDevice).service === (driver as PcieServiceDriver).service
  }
}

/** pcieport: finds the services of a port and makes a device of each (drivers/pci/pcie/portdrv_core.c). */
export class PciePortDriver extends PciDriver {
  readonly #bus: PciePortBus
  readonly #services = new Map<PciDevice, PcieDevice[]>()

  constructor(pciBus: PciBus, name: string, init: DriverInit & Pick<PciDriverInit, 'ids'>) {
    super(pciBus, name, {
      ...init,
      probe: device => this.#probe(device),
      remove: device => this.#remove(device),
    })
    this.#bus = new PciePortBus(pciBus.kernel, 'pci_express')
    for (const { driver, service } of SERVICES)
      if (driver !== undefined) new PcieServiceDriver(this.#bus, driver, service).register()
  }

  /** `pcie_portdrv_probe()`: bridges without the capability have no services. */
  #probe(port: PciDevice): void {
    const offered = port.express ? SERVICES.filter(({ offers }) => offers(port)) : []
    const devices = offered.map(({ service }) => new PcieDevice(this.#bus, port, service))
    this.#services.set(port, devices)
    for (const device of devices) device.register()
  }

  *#remove(port: PciDevice): Task {
    for (const device of this.#services.get(port) ?? []) yield* device.unregister()
    this.#services.delete(port)
  }
}
