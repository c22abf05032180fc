import { attrWO, EntryTable, link } from '../kernfs/table.ts'
import type { Task } from '../lib/completion.ts'
import { Errno } from '../lib/errno.ts'
import type { BusType } from './bus.ts'
import { deviceDriverAttach, deviceReleaseDriver, driverAttach, driverMatchDevice } from './dd.ts'
import type { Device } from './device.ts'
import { Kobject } from './kobject.ts'
import type { Module } from './module.ts'

export interface DriverInit {
  /** The module that owns it, for the `module` link. */
  readonly module?: Module
  /** Neither `bind` nor `unbind` (`suppress_bind_attrs`). */
  readonly suppressBindAttrs?: boolean
}

/** `struct device_driver` with its directory in /sys/bus/BUS/drivers (drivers/base/driver.c). */
export class DeviceDriver extends Kobject {
  readonly bus: BusType
  readonly module: Module | undefined
  readonly suppressBindAttrs: boolean
  constructor(bus: BusType, name: string, init: DriverInit = {}) {
    super(name, bus.drivers, bus.kernel)
    this.bus = bus
    this.module = init.module
    this.suppressBindAttrs = init.suppressBindAttrs ?? false
  }

  /** Takes the device; throws the errno with which it refuses. */
  probe(_device: Device): void {}

  /** What a driver puts off until the device is bound, and said so. */
  bound(_device: Device): void {}

  /** Lets the device go; may wait for its users. */
  *release(_device: Device): Task {}

  /** Groups that its devices show while they are bound (`dev_groups`). */
  deviceGroups(_device: Device): readonly EntryTable<never>[] {
    return []
  }

  /** Attributes of the driver's own directory besides bind, unbind and uevent. */
  protected groups(): readonly EntryTable<never>[] {
    return []
  }

  override get ueventSubsystem(): string {
    return 'drivers'
  }

  /** `driver_register()`. */
  register(): this {
    this.attach(driverTable, this)
    for (const table of this.groups()) this.attach(table, this as never)
    this.bus.drivers.add(this)
    this.bus.addDriver(this)
    this.module?.addDriver(this)
    if (this.bus.autoprobe) driverAttach(this)
    this.uevent('add')
    return this
  }

  /** `driver_sysfs_add()`: the link to a device in the driver's directory. */
  link(device: Device): void {
    this.symlink(device.name, device)
  }

  unlink(device: Device): void {
    this.remove(device.name)
  }
}

/** `bind`: ENODEV for a device that is not there or does not match; up to 5.10 for every failure. */
function bindStore(driver: DeviceDriver, buf: string): void {
  const device = driver.bus.find(buf)
  if (!device || !driverMatchDevice(driver, device)) throw new Errno('ENODEV')
  try {
    deviceDriverAttach(driver, device)
  } catch (error) {
    if (error instanceof Errno && !driver.kernel.release.bindTellsErrno)
      throw new Errno('ENODEV', error.message)
    throw error
  }
}

/** `unbind`: ENODEV unless the driver holds a device of that name. */
function* unbindStore(driver: DeviceDriver, buf: string): Task {
  const device = driver.bus.find(buf)
  if (!device || device.driver !== driver) throw new Errno('ENODEV')
  yield* deviceReleaseDriver(device)
}

const bindable = { present: (driver: DeviceDriver) => !driver.suppressBindAttrs }

const driverTable = new EntryTable<DeviceDriver>([
  attrWO('bind', bindStore, bindable),
  attrWO('unbind', unbindStore, bindable),
  attrWO('uevent', (driver, buf) => driver.synthesizeUevent(buf)),
  link('module', driver => driver.module),
])
