import type { Task } from '../lib/completion.ts'
import { Errno } from '../lib/errno.ts'
import type { Device } from './device.ts'
import type { DeviceDriver } from './driver.ts'

/** `driver_match_device()`. */
export function driverMatchDevice(driver: DeviceDriver, device: Device): boolean {
  return driver.bus.match(device, driver)
}

/** `bus_probe_device()`: a new device is offered to the drivers unless drivers_autoprobe is off. */
export function busProbeDevice(device: Device): void {
  if (device.bus?.autoprobe) deviceAttach(device)
}

/** `device_attach()`: the first driver that matches and does not refuse. A refusal is not the caller's error. */
export function deviceAttach(device: Device): void {
  if (device.driver) return
  for (const driver of device.bus!.driverList()) {
    if (!driverMatchDevice(driver, device)) continue
    try {
      reallyProbe(driver, device)
      return
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

/** `driver_attach()`: a new driver is offered all devices that have none. */
export function driverAttach(driver: DeviceDriver): void {
  for (const device of driver.bus.deviceList()) {
    if (device.driver || !driverMatchDevice(driver, device)) continue
    try {
      reallyProbe(driver, device)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
}

/** `device_driver_attach()`: EBUSY where a driver holds it, ENODEV where it is not registered, or probe's own errno. */
export function deviceDriverAttach(driver: DeviceDriver, device: Device): void {
  if (!device.registered) throw new Errno('ENODEV')
  if (device.driver) throw new Errno('EBUSY', `${device.name} is bound to ${device.driver.name}`)
  reallyProbe(driver, device)
}

/** `really_probe()`: nothing half-bound stays behind when the driver refuses. */
function reallyProbe(driver: DeviceDriver, device: Device): void {
  device.driver = driver
  device.driverLinked = true
  driver.link(device)
  try {
    driver.probe(device)
  } catch (error) {
    driver.unlink(device)
    device.driverLinked = false
    device.driver = undefined
    device.revalidate()
    throw error
  }
  for (const table of driver.deviceGroups(device)) device.attach(table, device as never)
  device.revalidate()
  device.uevent('bind')
  driver.bound(device)
}

/** `device_release_driver()`: links and the driver's groups go first; the driver may have to wait for users. */
export function* deviceReleaseDriver(device: Device): Task {
  const { driver } = device
  if (!driver || !device.driverLinked) return
  driver.unlink(device)
  device.driverLinked = false
  for (const table of driver.deviceGroups(device)) device.detach(table)
  device.revalidate()
  yield* driver.release(device)
  device.driver = undefined
  device.revalidate()
  device.uevent('unbind')
}
