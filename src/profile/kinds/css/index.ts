import { busId, SET_SIZE } from '../../../drivers/cio/hardware.ts'
import { hex } from '../../../sysfs/lib/hex.ts'
import type { ComplainOf, Described, Kind } from '../../kind.ts'
import { quote } from '../../text/problem.ts'
import { buildCss, chpidNumbers, DRIVERS, placeDevices } from './build.ts'
import { address, type CssDescription, shape } from './schema.ts'

/** A channel subsystem: channel paths, subchannels, ccw devices, and vfio_ccw. */
export const css: Kind = { key: 'css', address, schema: shape, check, build: buildCss }

function check(devices: readonly Described[], complain: ComplainOf): void {
  for (const device of devices) {
    const description = device.description as CssDescription
    checkDrivers(device, description, complain)
    const paths = checkPaths(device, description, complain)
    checkDevices(device, description, paths, complain)
  }
}

function checkDrivers(device: Described, { drivers, devices }: CssDescription, complain: ComplainOf): void {
  if (!drivers) return
  for (const [i, driver] of drivers.entries())
    if (!DRIVERS.includes(driver))
      complain(device, ['drivers', i], `${quote(driver)} is none of ${DRIVERS.join(', ')}`)
  const vfio = devices.findIndex(line => line.vfio_ccw)
  if (vfio >= 0 && !drivers.includes('vfio_ccw'))
    complain(
      device,
      ['devices', vfio],
      'vfio_ccw is not in drivers; add it there, or leave vfio_ccw out here',
    )
}

function checkPaths(device: Described, { chpids }: CssDescription, complain: ComplainOf): Set<number> {
  const known = new Set<number>()
  for (const ids of Object.keys(chpids)) {
    const numbers = chpidNumbers(ids)
    if (numbers.length === 0) complain(device, ['chpids', ids], `the range ${ids} runs backwards`)
    for (const id of numbers) {
      if (known.has(id)) complain(device, ['chpids', ids], `channel path ${hex(id, 2)} is described twice`)
      known.add(id)
    }
  }
  return known
}

/** Channel paths are there, numbers do not run out, and nobody has a number twice. */
function checkDevices(
  device: Described,
  description: CssDescription,
  paths: ReadonlySet<number>,
  complain: ComplainOf,
): void {
  const places = placeDevices(description)
  for (const [i, line] of description.devices.entries()) {
    const at = ['devices', i]
    const { ssid, first, count } = places[i]!
    checkLine(line, paths, message => complain(device, at, message))
    if (first + count > SET_SIZE)
      complain(device, at, `subchannel set ${ssid} has no more than ${SET_SIZE} subchannels`)
    for (let j = 0; j < i; j++) {
      const other = places[j]!
      if (other.ssid !== ssid) continue
      const subchannel = common(places[i]!, other)
      if (subchannel !== undefined)
        complain(device, at, `subchannel ${busId(ssid, subchannel)} is that of a device above`)
      const devno = common(devnos(line), devnos(description.devices[j]!))
      if (devno !== undefined) complain(device, at, `device ${busId(ssid, devno)} is described twice`)
    }
  }
}

type Line = CssDescription['devices'][number]

function checkLine(line: Line, paths: ReadonlySet<number>, complain: (message: string) => void): void {
  const { devices, vfio_ccw: vfio, online } = line
  if (!('model' in devices)) {
    for (const key of ['vfio_ccw', 'online', 'pom', 'subchannel'] as const)
      if (line[key] !== undefined) complain(`${key} is for devices, and there are none; leave it out`)
    return
  }
  const missing = devices.chpids.find(id => !paths.has(id))
  if (missing !== undefined) complain(`there is no channel path ${hex(missing, 2)} in chpids`)
  if (vfio && devices.model.qdio) complain('vfio_ccw takes no devices that do QDIO; leave vfio_ccw out')
  if (vfio && online) complain('what vfio_ccw has is not online here; leave one of the two out')
}

interface Row {
  readonly first: number
  readonly count: number
}

function devnos({ devices }: Line): Row {
  if (!('model' in devices)) return { first: 0, count: 0 }
  return { first: devices.first, count: devices.last - devices.first + 1 }
}

/** The first number that both have. */
function common(a: Row, b: Row): number | undefined {
  const first = Math.max(a.first, b.first)
  return first < Math.min(a.first + a.count, b.first + b.count) ? first : undefined
}
