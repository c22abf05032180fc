import { driverAttach } from '../sysfs/base/dd.ts'
import type { Device } from '../sysfs/base/device.ts'
import { DeviceDriver, type DriverInit } from '../sysfs/base/driver.ts'
import { attrWO, EntryTable } from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { sscanf } from '../sysfs/lib/vsprintf.ts'
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
  /** Enables the device when it is used, not when it is bound. */
  readonly enablesLater?: true
  /** Makes virtual functions on request (`sriov_configure`). */
  readonly configuresSriov?: true
}

/** A driver on the pci bus (drivers/pci/pci-driver.c). */
export class PciDriver extends DeviceDriver {
  readonly ids: readonly PciDeviceId[]
  readonly configuresSriov: boolean
  readonly #hooks: PciDriverHooks
  readonly #enables: boolean
  /** Rows that came by new_id. */
  #dynamicIds: readonly PciDeviceId[] = []

  constructor(bus: PciBus, name: string, init: PciDriverInit = {}) {
    super(bus, name, init)
    this.ids = init.ids ?? []
    this.configuresSriov = init.configuresSriov ?? false
    this.#hooks = init
    this.#enables = !init.enablesLater
  }

  /** Whether the id table, or what was added to it, names the device (`pci_match_device()`). */
  names(identity: PciIdentity): boolean {
    return [...this.#dynamicIds, ...this.ids].some(id => matches(id, identity))
  }

  /** `pci_add_dynid()`: devices without a driver are tried at once. */
  addDynamicId(id: PciDeviceId): void {
    this.#dynamicIds = [...this.#dynamicIds, id]
    driverAttach(this)
  }

  /** @returns whether there was such a row */
  removeDynamicId(accepts: (id: PciDeviceId) => boolean): boolean {
    const index = this.#dynamicIds.findIndex(accepts)
    if (index < 0) return false
    this.#dynamicIds = this.#dynamicIds.toSpliced(index, 1)
    return true
  }

  /** ENODEV for a virtual function whose physical one keeps drivers away (`pci_device_can_probe()`). */
  override probe(device: Device): void {
    const pci = device as PciDevice
    const { physicalFunction, driverOverride } = pci
    if (physicalFunction && !physicalFunction.sriov!.driversAutoprobe && driverOverride === undefined)
      throw new Errno('ENODEV', `${physicalFunction.name} has sriov_drivers_autoprobe off`)
    if (this.#enables) pci.enable()
    else pci.powerUp()
    try {
      this.#hooks.probe?.(pci)
    } catch (error) {
      if (this.#enables) pci.disable()
      throw error
    }
    pci.bound()
  }

  override *release(device: Device): Task {
    const pci = device as PciDevice
    if (pci.sriov) yield* pci.sriov.disable()
    if (this.#hooks.remove) yield* this.#hooks.remove(pci)
    if (this.#enables) pci.disable()
  }

  /** What its devices have while it holds them. A driver for user space allocates interrupts when somebody asks. */
  override deviceGroups(device: Device): readonly EntryTable<never>[] {
    const { vectorTable } = device as PciDevice
    return this.#enables && vectorTable ? [vectorTable] : []
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [driverTable]
  }
}

function matches(id: PciDeviceId, identity: PciIdentity): boolean {
  const { vendor, device, subsystemVendor, subsystemDevice, class: code } = identity
  return (
    (id.vendor ?? vendor) === vendor &&
    (id.device ?? device) === device &&
    (id.subsystemVendor ?? subsystemVendor) === subsystemVendor &&
    (id.subsystemDevice ?? subsystemDevice) === subsystemDevice &&
    (((id.class ?? code) ^ code) & (id.classMask ?? 0xffffff)) === 0
  )
}

/** PCI_ANY_ID. */
const ANY = 0xffff_ffff

/** EINVAL for fewer than two numbers. */
function scanIds(buf: string) {
  const numbers = sscanf(buf, '%x %x %x %x %x %x %lx')
  if (numbers.length < 2) throw new Errno('EINVAL', 'vendor and device are needed')
  return numbers
}

/**
 * `new_id_store()`: VENDOR DEVICE [SUBVENDOR SUBDEVICE CLASS CLASS_MASK DRIVER_DATA]. EEXIST where the driver knows the
 * device; EINVAL for driver data that no row of its table has: they have none.
 */
function newIdStore(driver: PciDriver, buf: string): void {
  const numbers = scanIds(buf)
  const [vendor, device, subsystemVendor = ANY, subsystemDevice = ANY, code = 0, classMask = 0, data] =
    numbers
  if (data === undefined) {
    const asked = {
      vendor: vendor!,
      device: device!,
      subsystemVendor,
      subsystemDevice,
      class: code,
    }
    if (driver.names(asked)) throw new Errno('EEXIST')
  }
  if (driver.ids.length > 0 && (data ?? 0n) !== 0n)
    throw new Errno('EINVAL', 'no row of the table has such data')
  driver.addDynamicId({
    ...known('vendor', vendor!),
    ...known('device', device!),
    ...known('subsystemVendor', subsystemVendor),
    ...known('subsystemDevice', subsystemDevice),
    class: code,
    classMask,
  })
}

/** PCI_ANY_ID is absent in a row. */
function known(name: keyof PciDeviceId, value: number): PciDeviceId {
  return value === ANY ? {} : { [name]: value }
}

/** `remove_id_store()`: the first row that was added so; ENODEV where there is none. */
function removeIdStore(driver: PciDriver, buf: string): void {
  const [vendor, device, subvendor = ANY, subdevice = ANY, code = 0, classMask = 0] = scanIds(buf)
  const removed = driver.removeDynamicId(
    id =>
      (id.vendor ?? ANY) === vendor &&
      (id.device ?? ANY) === device &&
      (subvendor === ANY || id.subsystemVendor === subvendor) &&
      (subdevice === ANY || id.subsystemDevice === subdevice) &&
      ((id.class! ^ code) & classMask) === 0,
  )
  if (!removed) throw new Errno('ENODEV', 'no such id was added')
}

/** Of every PCI driver: `pci_drv_attrs`. */
const driverTable = new EntryTable<PciDriver>([
  attrWO('new_id', newIdStore),
  attrWO('remove_id', removeIdStore),
])
