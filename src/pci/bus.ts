import { BusType } from '../sysfs/base/bus.ts'
import { Class } from '../sysfs/base/class.ts'
import { Device } from '../sysfs/base/device.ts'
import type { DeviceDriver } from '../sysfs/base/driver.ts'
import type { Kernel } from '../sysfs/base/kernel.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { attrRO, attrRW, attrWO, EntryTable } from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { hex } from '../sysfs/lib/hex.ts'
import { numberOrEinval } from '../sysfs/lib/number-or-einval.ts'
import { PCI_SECONDARY_BUS } from './config-space.ts'
import { PciDevice, type PciDeviceInit } from './device.ts'
import type { PciDriver } from './driver.ts'
import { PciSlot, type PciSlotInit } from './slot.ts'

/** What happens around a function that comes or goes: it joins and leaves its IOMMU group. */
export interface PciPlug {
  appear?(device: PciDevice): void
  disappear?(device: PciDevice): void
}

/** What stands in a slot: a rescan finds it again after it was removed. */
interface Plugged {
  readonly init: PciDeviceInit
  /** The name of the bridge above; undefined for a device right below the host bridge. */
  readonly under: string | undefined
  readonly plug: PciPlug
}

/** /sys/bus/pci (drivers/pci/pci-driver.c, pci-sysfs.c). */
export class PciBus extends BusType {
  /** `resource_alignment`: kept as written. */
  resourceAlignment = ''
  /** The display that the firmware used: the first VGA device that was found (`vga_default_device()`). */
  bootVga: PciDevice | undefined
  readonly #busClass: Class
  readonly #slots: Directory
  readonly #slotList: PciSlot[] = []
  readonly #hostBridges = new Map<string, Device>()
  readonly #plugged = new Map<string, Plugged>()
  readonly #plugs = new Map<PciDevice, PciPlug>()
  /** The buses behind bridges that are there. */
  readonly #secondary = new Map<PciDevice, Device>()

  constructor(kernel: Kernel) {
    super(kernel, 'pci')
    this.#busClass = new Class(kernel, 'pci_bus')
    this.#slots = this.mkdir('slots')
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [busTable]
  }

  /** `pci_bus_match()`: an override names the only driver and needs no id; otherwise the id table decides. */
  override match(device: Device, driver: DeviceDriver): boolean {
    const { driverOverride, identity, matchDriver } = device as PciDevice
    if (!matchDriver) return false
    if (driverOverride !== undefined) return driverOverride === driver.name
    return (driver as PciDriver).names(identity)
  }

  /** The function of that name, if it is there. */
  function(name: string): PciDevice | undefined {
    return this.find(name) as PciDevice | undefined
  }

  /** Puts a function into the machine and finds it. */
  plug(init: PciDeviceInit, under?: string, plug: PciPlug = {}): PciDevice {
    this.#plugged.set(init.name, { init, under, plug })
    return this.#scan(init.name)
  }

  /** `pci_iov_add_virtfn()`: a virtual function, next to its physical one. No slot has it. */
  addVirtual(init: PciDeviceInit, physical: PciDevice): PciDevice {
    const device = new PciDevice(this, physical.parent!, init, physical)
    this.#add(device, this.#plugs.get(physical)!)
    return device
  }

  /** `pci_hp_register()`, of the driver whose module that is. */
  addSlot(init: PciSlotInit, module: Directory): void {
    this.#slotList.push(new PciSlot(this, this.#slots, init, module))
  }

  /** What leads to the bus of such an address; undefined for a root bus. */
  bridgeTo(address: string): PciDevice | undefined {
    const bus = address.slice(0, '0000:00'.length)
    for (const [bridge, { name }] of this.#secondary) if (name === bus) return bridge
    return undefined
  }

  /** `pci_rescan_bus()`: finds what is plugged in and was removed, where it has power. */
  rescan(): void {
    const dark = this.#slotList.filter(({ powered }) => !powered).map(({ address }) => `${address}.`)
    for (const name of this.#plugged.keys())
      if (!this.function(name) && !dark.some(address => name.startsWith(address))) this.#scan(name)
  }

  /**
   * `pci_stop_and_remove_bus_device()`: what is below goes first. Virtual functions may be gone already, with their
   * physical one.
   */
  *stopAndRemove(device: PciDevice): Task {
    if (!device.registered) return
    for (const node of [...device.known()]) if (node instanceof PciDevice) yield* this.stopAndRemove(node)
    const secondary = this.#secondary.get(device)
    this.#secondary.delete(device)
    if (secondary) yield* secondary.unregister()
    yield* device.unregister()
    if (this.bootVga === device) this.bootVga = undefined
    this.#plugs.get(device)!.disappear?.(device)
    this.#plugs.delete(device)
  }

  #scan(name: string): PciDevice {
    const { init, under, plug } = this.#plugged.get(name)!
    const parent = under === undefined ? this.#hostBridge(name) : (this.function(under) ?? this.#scan(under))
    const device = new PciDevice(this, parent, init)
    if (device.isVga) this.bootVga ??= device
    this.#add(device, plug)
    if (device.isBridge) {
      const secondary = hex(init.config.bytes[PCI_SECONDARY_BUS]!, 2)
      const busName = `${name.slice(0, '0000:'.length)}${secondary}`
      this.#secondary.set(device, new PciBusDevice(this, this.#busClass, busName, device).register())
    }
    return device
  }

  #add(device: PciDevice, plug: PciPlug): void {
    this.#plugs.set(device, plug)
    plug.appear?.(device)
    device.register()
  }

  /** `pci0000:00` and the class device of its bus. */
  #hostBridge(name: string): Device {
    const busName = name.slice(0, '0000:00'.length)
    let bridge = this.#hostBridges.get(busName)
    if (!bridge) {
      bridge = new Device(this.kernel, `pci${busName}`, {}).register()
      this.#hostBridges.set(busName, bridge)
      new PciBusDevice(this, this.#busClass, busName, bridge).register()
    }
    return bridge
  }
}

/** `pci_bus/0000:00` below a host bridge or bridge (drivers/pci/probe.c). */
class PciBusDevice extends Device {
  readonly pci: PciBus

  constructor(pci: PciBus, busClass: Class, name: string, parent: Device) {
    super(pci.kernel, name, { parent, class: busClass })
    this.pci = pci
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [busDeviceTable]
  }
}

/** Any number but 0 looks for devices; EINVAL for no number. */
function rescanStore(pci: PciBus, buf: string): void {
  if (numberOrEinval(buf) !== 0n) pci.rescan()
}

const busDeviceTable = new EntryTable<PciBusDevice>([
  attrRO('cpuaffinity', bus => `${bus.kernel.cpus.mask}\n`),
  attrRO('cpulistaffinity', bus => `${bus.kernel.cpus.list}\n`),
  attrWO('rescan', (bus, buf) => rescanStore(bus.pci, buf)),
])

const busTable = new EntryTable<PciBus>([
  attrWO('rescan', rescanStore),
  attrRW(
    'resource_alignment',
    bus => (bus.resourceAlignment === '' ? '' : `${bus.resourceAlignment}\n`),
    (bus, buf) => {
      bus.resourceAlignment = /^[^\n\0]*/.exec(buf)![0]
    },
  ),
])
