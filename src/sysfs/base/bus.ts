import type { Directory } from '../kernfs/directory.ts'
import { Symlink } from '../kernfs/symlink.ts'
import { attrRW, attrWO, EntryTable } from '../kernfs/table.ts'
import { cString } from '../lib/ctype.ts'
import { Errno } from '../lib/errno.ts'
import { deviceAttach } from './dd.ts'
import { Device } from './device.ts'
import type { DeviceDriver } from './driver.ts'
import type { Kernel } from './kernel.ts'
import { Kobject } from './kobject.ts'

/** `struct bus_type` with its directory in /sys/bus (drivers/base/bus.c). */
export class BusType extends Kobject {
  readonly devices: Directory
  readonly drivers: Directory
  /** drivers_autoprobe. */
  autoprobe = true
  readonly #drivers: DeviceDriver[] = []

  constructor(kernel: Kernel, name: string) {
    super(name, kernel.bus, kernel)
    this.attach(busTable, this)
    for (const table of this.groups()) this.attach(table, this as never)
    this.devices = this.mkdir('devices')
    this.drivers = this.mkdir('drivers')
    kernel.bus.add(this)
  }

  /** Attributes of the bus besides the standard ones. */
  protected groups(): readonly EntryTable<never>[] {
    return []
  }

  /** Whether the driver may have the device; a bus without match function says yes to all. */
  match(_device: Device, _driver: DeviceDriver): boolean {
    return true
  }

  override get ueventSubsystem(): string {
    return 'bus'
  }

  /** The device of that name, one trailing newline allowed (`bus_find_device_by_name()`). */
  find(name: string): Device | undefined {
    const link = this.devices.lookup(cString(name).replace(/\n$/, ''))
    return link instanceof Symlink && link.target instanceof Device ? link.target : undefined
  }

  /** Devices, those that nobody looked at included. */
  *deviceList(): Iterable<Device> {
    for (const { name } of this.devices.list()) {
      const device = this.find(name)
      if (device) yield device
    }
  }

  /** Drivers in the order of their registration. */
  driverList(): readonly DeviceDriver[] {
    return this.#drivers
  }

  addDriver(driver: DeviceDriver): void {
    this.#drivers.push(driver)
  }

  /** `bus_add_device()`. */
  link(device: Device): void {
    this.devices.symlink(device.name, device)
  }

  unlink(device: Device): void {
    this.devices.remove(device.name)
  }
}

/** `drivers_probe`: ENODEV for an unknown name; that no driver wanted it is no error. */
function driversProbeStore(bus: BusType, buf: string): void {
  const device = bus.find(buf)
  if (!device) throw new Errno('ENODEV')
  deviceAttach(device)
}

const busTable = new EntryTable<BusType>([
  attrWO('uevent', (bus, buf) => bus.synthesizeUevent(buf)),
  attrWO('drivers_probe', driversProbeStore),
  attrRW(
    'drivers_autoprobe',
    bus => (bus.autoprobe ? '1\n' : '0\n'),
    (bus, buf) => {
      bus.autoprobe = buf[0] !== '0'
    },
  ),
])
