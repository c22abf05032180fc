import { PCI_HEADER_TYPE, PCI_SECONDARY_BUS } from '../../../pci/config-space.ts'
import type { ComplainOf, Described, Kind } from '../../kind.ts'
import { suggestion } from '../../schema/explain.ts'
import { quote } from '../../text/problem.ts'
import { buildPci } from './build.ts'
import { address, type PciDescription, schema } from './schema.ts'

/** PCI functions by their addresses. */
export const pci: Kind = { key: 'pci', address, schema, check, build: buildPci }

function check(devices: readonly Described[], complain: ComplainOf): void {
  const byAddress = new Map(devices.map(device => [device.address, describe(device)]))
  checkBuses(devices, complain)
  const modules = new Map<string, string>()
  for (const device of devices) {
    const description = describe(device)
    checkPlace(device, description, byAddress, complain)
    const { driver, module = driver } = description
    if (driver === undefined) continue
    const known = modules.get(driver)
    if (known !== undefined && known !== module)
      complain(device, ['module'], `the driver ${driver} is in the module ${known} already`)
    modules.set(driver, module!)
  }
}

/** A bus is below a host bridge, or behind one bridge. */
function checkBuses(devices: readonly Described[], complain: ComplainOf): void {
  const behind = new Map<string, string>()
  for (const bridge of devices) {
    const bus = secondaryBus(describe(bridge))
    if (bus === undefined) continue
    const prefix = busPrefix(bridge.address, bus)
    const other = behind.get(prefix)
    if (other !== undefined)
      complain(bridge, ['pci'], `it leads to bus ${prefix.slice(0, -1)}, as ${other} does already`)
    else behind.set(prefix, bridge.address)
  }
  for (const device of devices) {
    if (describe(device).under !== undefined) continue
    const prefix = device.address.slice(0, '0000:00:'.length)
    const bridge = behind.get(prefix)
    if (bridge !== undefined)
      complain(
        device,
        ['pci'],
        `bus ${prefix.slice(0, -1)} is behind ${bridge}; add under: "${bridge}", or give the device another bus`,
      )
  }
}

/** A device is on the bus that the bridge above leads to. */
function checkPlace(
  device: Described,
  { under }: PciDescription,
  byAddress: ReadonlyMap<string, PciDescription>,
  complain: ComplainOf,
): void {
  if (under === undefined) return
  const bridge = byAddress.get(under)
  if (!bridge) {
    const near = suggestion(under, byAddress.keys())
    complain(device, ['under'], `the machine has no device ${quote(under)}${near}`)
    return
  }
  const bus = secondaryBus(bridge)
  if (bus === undefined) {
    complain(
      device,
      ['under'],
      `${under} is no bridge; add bridge to it, with the number of the bus behind it`,
    )
  } else if (!device.address.startsWith(busPrefix(under, bus))) {
    const prefix = busPrefix(under, bus)
    complain(
      device,
      ['under'],
      `${under} leads to bus ${prefix.slice(0, -1)}, and ${device.address} is on another`,
    )
  } else if (leadsTo(under, device.address, byAddress)) {
    complain(device, ['under'], `${under} is itself under ${device.address}`)
  }
}

/** How addresses of devices behind a bridge begin. */
function busPrefix(bridge: string, bus: number): string {
  return `${bridge.slice(0, '0000:'.length)}${bus.toString(16).padStart(2, '0')}:`
}

/** Whether the way up from one device comes by the other. */
function leadsTo(from: string, to: string, byAddress: ReadonlyMap<string, PciDescription>): boolean {
  const seen = new Set<string>()
  for (let at: string | undefined = from; at !== undefined && !seen.has(at); at = byAddress.get(at)?.under) {
    if (at === to) return true
    seen.add(at)
  }
  return false
}

function secondaryBus({ bridge, config }: PciDescription): number | undefined {
  if (bridge) return bridge.secondary
  if (!config || (config.bytes[PCI_HEADER_TYPE]! & 0x7f) !== 1) return undefined
  return config.bytes[PCI_SECONDARY_BUS]!
}

/** Devices that reach a check were described without mistakes. */
function describe({ description }: Described): PciDescription {
  return description as PciDescription
}
