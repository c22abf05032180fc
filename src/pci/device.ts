import { Device } from '../sysfs/base/device.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { EntryTable } from '../sysfs/kernfs/table.ts'
import { hex } from '../sysfs/lib/hex.ts'
import { deviceTable, resourceTable } from './attributes.ts'
import type { PciBus } from './bus.ts'
import { AER, ARI, SRIOV } from './config/extended.ts'
import type { Space } from './config/layout.ts'
import { AF, EXP, MSIX, PM } from './config/standard.ts'
import { type Found, walk } from './config/walk.ts'
import { type ConfigSpace, PCI_HEADER_TYPE } from './config-space.ts'
import { aerTable, bridgeTable, expressTable } from './express.ts'
import { vectorTable } from './msi.ts'
import { configWritten, powerState, resetMethods, resetTable } from './reset.ts'
import { NO_RESOURCE, type PciResource } from './resource.ts'
import { physicalTable, Sriov, type VirtualFunctionInit, virtualTable } from './sriov.ts'
import { clearStatus } from './status.ts'

/** What identifies a function to drivers. */
export interface PciIdentity {
  readonly vendor: number
  readonly device: number
  readonly subsystemVendor: number
  readonly subsystemDevice: number
  /** 24 bits: class, subclass, programming interface. */
  readonly class: number
}

export interface PciDeviceInit {
  /** `0000:00:02.0`. */
  readonly name: string
  readonly identity: PciIdentity
  readonly revision: number
  readonly config: ConfigSpace
  /** By the number of the BAR; 6 is the expansion ROM. */
  readonly resources: readonly PciResource[]
  readonly irq: number
  /** Interrupts that its driver allocates. */
  readonly vectors?: readonly number[]
  /** -1 where the firmware does not say. */
  readonly numaNode: number
  readonly dmaMaskBits: number
  /** Whether firmware describes the device: then `waiting_for_supplier` is there until a driver binds it. */
  readonly firmwareNode: boolean
  /** How many virtual functions the driver allows, where that is less than the SR-IOV capability says. */
  readonly sriovDriverMax?: number
  /** What its virtual functions are like, where that does not follow from the function itself. */
  readonly virtualFunctions?: VirtualFunctionInit
}

/** Resources of a function: six BARs, the ROM, and six of virtual functions. */
const RESOURCES = 13
/** A bridge has four windows more. */
const BRIDGE_RESOURCES = 17

/** A PCI function: `struct pci_dev` (drivers/pci/probe.c, pci-sysfs.c). */
export class PciDevice extends Device {
  readonly identity: PciIdentity
  readonly revision: number
  readonly config: ConfigSpace
  readonly resources: readonly PciResource[]
  readonly irq: number
  readonly dmaMaskBits: number
  /** What it has besides while a driver has its interrupts. */
  readonly vectorTable: EntryTable<PciDevice> | undefined
  numaNode: number
  /** `enable_cnt`. */
  enabled = 0
  /** `current_state`: unknown until somebody enables the device. */
  powerState: 'unknown' | 'D0' = 'unknown'
  msiAllowed = true
  brokenParity = false
  d3coldAllowed: boolean
  /** The name of the only driver that may have it. */
  driverOverride: string | undefined
  /** Whether `remove` stands: it is the first that goes. */
  removable = true
  /** The physical function of a virtual one. */
  readonly physicalFunction: PciDevice | undefined
  /** `match_driver`: drivers are not tried before it is all set up. */
  matchDriver: boolean
  /** Of a bridge: functions behind it are addressed by 8 bits (`pci_configure_ari()`). */
  ariEnabled = false
  /** Whether nothing else was on its bus, behind a bridge, when it was found. */
  readonly aloneOnBus: boolean
  /** In the order in which they are tried; empty where it can not be reset. */
  resetMethods: readonly string[]
  readonly sriov: Sriov | undefined
  /** The capabilities that the kernel keeps at hand. */
  readonly express: Found | undefined
  readonly powerManagement: Found | undefined
  readonly advancedFeatures: Found | undefined
  readonly #aer: Found | undefined
  readonly #firmwareNode: boolean
  #tables: readonly EntryTable<never>[] | undefined
  readonly #pciBus: PciBus
  #waitingForSupplier: boolean

  constructor(bus: PciBus, parent: Directory, init: PciDeviceInit, physicalFunction?: PciDevice) {
    super(bus.kernel, init.name, { bus, parent })
    this.#pciBus = bus
    this.identity = init.identity
    this.revision = init.revision
    this.config = init.config
    const count = this.isBridge ? BRIDGE_RESOURCES : RESOURCES
    this.resources = Array.from({ length: count }, (_, i) => init.resources[i] ?? NO_RESOURCE)
    this.irq = init.irq
    this.numaNode = init.numaNode
    this.dmaMaskBits = init.dmaMaskBits
    this.#waitingForSupplier = init.firmwareNode
    this.#firmwareNode = init.firmwareNode
    this.physicalFunction = physicalFunction
    this.matchDriver = physicalFunction === undefined
    const { found } = walk(init.config.bytes)
    const find = (space: Space, id: number) =>
      found.find(known => known.space === space && known.structure.id === id)
    this.express = find('cap', EXP)
    this.vectorTable = vectorTable(init.vectors ?? [], find('cap', MSIX) !== undefined)
    this.powerManagement = find('cap', PM)
    this.advancedFeatures = find('cap', AF)
    this.#aer = this.express && find('ecap', AER)
    const sriov = physicalFunction ? undefined : find('ecap', SRIOV)
    this.sriov = sriov && new Sriov(this, sriov, init)
    // pci_pm_init()
    this.d3coldAllowed = this.powerManagement !== undefined
    this.aloneOnBus =
      parent instanceof PciDevice && ![...parent.known()].some(node => node instanceof PciDevice)
    this.resetMethods = resetMethods(this)
    if (find('ecap', ARI) && parent instanceof PciDevice && this.name.endsWith(':00.0'))
      parent.ariEnabled = parent.express?.view.bits(0x24, 5, 1) === 1
    // pci_pm_init(): runtime PM is enabled, and forbidden until user space allows it
    this.pm = { status: 'active', enabled: true, forbidden: true, async: true, usage: 0 }
  }

  get pciBus(): PciBus {
    return this.#pciBus
  }

  /** A header of type 1: a bridge to another bus. */
  get isBridge(): boolean {
    return (this.config.bytes[PCI_HEADER_TYPE]! & 0x7f) === 1
  }

  /** PCI_CLASS_DISPLAY_VGA. */
  get isVga(): boolean {
    return this.identity.class >>> 8 === 0x0300
  }

  /** `is_virtfn`. */
  /** `pci_upstream_bridge()`: what leads to it; undefined on the root bus. */
  get bridge(): PciDevice | undefined {
    return this.parent instanceof PciDevice ? this.parent : undefined
  }

  get isVirtual(): boolean {
    return this.physicalFunction !== undefined
  }

  /** Whether firmware describes the device. */
  get hasFirmwareNode(): boolean {
    return this.#firmwareNode
  }

  /** Firmware describes it, and no driver took it yet (fw_devlink). */
  get waitingForSupplier(): boolean {
    return this.#waitingForSupplier
  }

  /** `pci:v00008086d00005912sv00001028sd000007A3bc03sc00i00`. */
  get modalias(): string {
    const { vendor, device, subsystemVendor, subsystemDevice, class: code } = this.identity
    const upper = (value: number, digits: number) => hex(value, digits).toUpperCase()
    const ids = `v${upper(vendor, 8)}d${upper(device, 8)}sv${upper(subsystemVendor, 8)}sd${upper(subsystemDevice, 8)}`
    return `pci:${ids}bc${upper(code >>> 16, 2)}sc${upper((code >>> 8) & 0xff, 2)}i${upper(code & 0xff, 2)}`
  }

  /** `pci_enable_device()`. */
  enable(): void {
    this.enabled++
    this.powerUp()
  }

  /** `pci_power_up()`: somebody cares for its power state. */
  powerUp(): void {
    this.powerState = 'D0'
  }

  /** `pci_disable_device()`. */
  disable(): void {
    this.enabled--
  }

  /** A driver has it now, or had it. */
  bound(): void {
    this.#waitingForSupplier = false
  }

  /** A write into configuration space, with what it sets off. */
  writeConfig(offset: number, data: Uint8Array): void {
    const before = powerState(this)
    this.config.write(offset, data)
    clearStatus(this.config.bytes, offset, data)
    configWritten(this, offset, data, before)
  }

  protected override groups(): readonly EntryTable<never>[] {
    this.#tables ??= [
      deviceTable,
      resourceTable(this),
      ...(this.express ? [expressTable] : []),
      ...(this.isBridge ? [bridgeTable] : []),
      ...(this.#aer ? [aerTable] : []),
      ...(this.sriov ? [physicalTable] : []),
      ...(this.isVirtual ? [virtualTable] : []),
      ...(this.resetMethods.length > 0 ? [resetTable] : []),
    ]
    return this.#tables
  }

  /** `pci_uevent()`. */
  protected override ownUeventKeys(): string[] {
    const { vendor, device, subsystemVendor, subsystemDevice, class: code } = this.identity
    const id = (a: number, b: number) => `${hex(a, 4)}:${hex(b, 4)}`.toUpperCase()
    return [
      `PCI_CLASS=${hex(code, 4).toUpperCase()}`,
      `PCI_ID=${id(vendor, device)}`,
      `PCI_SUBSYS_ID=${id(subsystemVendor, subsystemDevice)}`,
      `PCI_SLOT_NAME=${this.name}`,
      `MODALIAS=${this.modalias}`,
    ]
  }
}
