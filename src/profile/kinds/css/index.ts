import { busId, hex } from '../../../drivers/cio/hardware.ts'
import type { ComplainOf, Described, Kind } from '../../kind.ts'
import { buildCss, chpidNumbers, placeDevices } from './build.ts'
import { address, type CssDescription, shape } from './schema.ts'

/** A channel subsystem: channel paths, subchannels, ccw devices, and vfio_ccw. */
export const css: Kind = { key: 'css', address, schema: shape, check, build: buildCss }

/** Numbers of a subchannel set. */
const SET_SIZE = 0x10000

function check(devices: readonly Described[], complain: ComplainOf): void {
  for (const device of devices) {
    const description = device.description as CssDescription
    const paths = checkPaths(device, description, complain)
    checkDevices(device, description, paths, complain)
  }
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
    const missing = line.devices.chpids.find(id => !paths.has(id))
    if (missing !== undefined) complain(device, at, `there is no channel path ${hex(missing, 2)} in chpids`)
    if (line.vfio_ccw && line.devices.model.qdio)
      complain(device, at, 'vfio_ccw takes no devices that do QDIO; leave vfio_ccw out')
    if (line.vfio_ccw && line.online)
      complain(device, at, 'what vfio_ccw has is not online here; leave one of the two out')
    if (first + count > SET_SIZE)
      complain(device, at, `subchannel set ${ssid} has no more than ${SET_SIZE} subchannels`)
    for (let j = 0; j < i; j++) {
      const other = places[j]!
      const devno = description.devices[j]!.devices
      if (other.ssid !== ssid) continue
      if (other.first < first + count && first < other.first + other.count) {
        const taken = busId(ssid, Math.max(first, other.first))
        complain(device, at, `subchannel ${taken} is that of a device above`)
      }
      if (devno.first <= line.devices.last && line.devices.first <= devno.last) {
        const taken = busId(ssid, Math.max(devno.first, line.devices.first))
        complain(device, at, `device ${taken} is described twice`)
      }
    }
  }
}
