import { BusType } from '../../sysfs/base/bus.ts'
import type { Device } from '../../sysfs/base/device.ts'
import type { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Kernel } from '../../sysfs/base/kernel.ts'
import { CcwDevice, CcwDriver } from './device.ts'
import { CssDriver } from './driver.ts'
import type { IoDevice } from './hardware.ts'
import { Subchannel } from './subchannel.ts'

/** /sys/bus/css: a driver takes subchannels of its type, unless driver_override names another (`css_bus_match()`). */
export class CssBus extends BusType {
  constructor(kernel: Kernel) {
    super(kernel, 'css')
  }

  override match(device: Device, driver: DeviceDriver): boolean {
    if (!(device instanceof Subchannel) || !(driver instanceof CssDriver)) return false
    if (device.driverOverride !== undefined && device.driverOverride !== driver.name) return false
    return device.subchannelType === driver.subchannelType
  }

  /** The driver that has subchannels of that type after boot. */
  driverFor(subchannelType: number): CssDriver | undefined {
    for (const driver of this.driverList())
      if (driver instanceof CssDriver && driver.subchannelType === subchannelType) return driver
    return undefined
  }
}

/** /sys/bus/ccw. */
export class CcwBus extends BusType {
  constructor(kernel: Kernel) {
    super(kernel, 'ccw')
  }

  override match(device: Device, driver: DeviceDriver): boolean {
    return device instanceof CcwDevice && driver instanceof CcwDriver && driver.matches(device.io)
  }

  /** The driver that has such devices after boot. */
  driverFor(io: IoDevice): CcwDriver | undefined {
    for (const driver of this.driverList())
      if (driver instanceof CcwDriver && driver.matches(io)) return driver
    return undefined
  }
}
