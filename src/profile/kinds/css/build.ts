import type { ChannelPathInit } from '../../../drivers/cio/hardware.ts'
import { SUBCHANNEL_TYPE_IO } from '../../../drivers/cio/hardware.ts'
import { installCss } from '../../../drivers/cio/install.ts'
import { VfioCcwDriver } from '../../../drivers/vfio_ccw/driver.ts'
import type { Site } from '../../kind.ts'
import type { CssDescription } from './schema.ts'

/** The numbers of `40` or `40-43`. */
export function chpidNumbers(ids: string): number[] {
  const [low, high = low] = ids.split('-').map(id => Number.parseInt(id, 16))
  return Array.from({ length: high! - low! + 1 }, (_, i) => low! + i)
}

/** Subchannels of one line of devices: numbers from `first` on, in one set. */
export interface Placed {
  readonly ssid: number
  readonly first: number
  readonly count: number
}

/** Where the devices of each line are: after those of the line before in the same set, unless the line says where. */
export function placeDevices({ devices }: CssDescription): Placed[] {
  const next = [0, 0, 0, 0]
  return devices.map(({ set = 0, subchannel, devices: { first, last } }) => {
    const at = subchannel ?? next[set]!
    const count = last - first + 1
    next[set] = at + count
    return { ssid: set, first: at, count }
  })
}

export function buildCss({ machine }: Site, descriptions: readonly CssDescription[]): void {
  for (const description of descriptions) {
    const css = installCss(machine.kernel, {
      cssid: Number.parseInt(description.css, 16),
      sclp: description.sclp ?? true,
      ...(description.real_cssid !== undefined && { realCssid: description.real_cssid }),
    })
    new VfioCcwDriver(machine, css.cssBus).register()
    for (const path of paths(description)) css.addPath(path)
    const places = placeDevices(description)
    for (const [i, line] of description.devices.entries()) {
      const { model, first: devno, chpids } = line.devices
      const { ssid, first, count } = places[i]!
      for (let n = 0; n < count; n++) {
        const io = { devno: devno + n, ...model, chpids, pom: line.pom ?? 0xff }
        const subchannel = css.addSubchannel({ ssid, number: first + n }, SUBCHANNEL_TYPE_IO, io)
        if (line.vfio_ccw) css.giveTo(subchannel, 'vfio_ccw')
        else if (line.online) css.ccwDevice(subchannel)?.setOnline()
      }
    }
  }
}

function paths({ chpids }: CssDescription): ChannelPathInit[] {
  return Object.entries(chpids).flatMap(([ids, path]) =>
    chpidNumbers(ids).map((id, i) => ({
      id,
      type: path.type,
      ...(path.cmg !== undefined && { cmg: path.cmg }),
      ...(path.shared !== undefined && { shared: path.shared }),
      ...(path.chid !== undefined && { chid: path.chid + i }),
      ...(path.external !== undefined && { chidExternal: path.external }),
      ...(path.speed !== undefined && { speed: path.speed }),
      ...(path.configure !== undefined && { configure: path.configure }),
    })),
  )
}
