import { DASD_DRIVERS } from '../../../drivers/block/dasd.ts'
import { TERMINAL_DRIVERS } from '../../../drivers/char/raw3270.ts'
import { ADAPTER_DRIVERS } from '../../../drivers/cio/adapters.ts'
import type { ChannelSubsystem } from '../../../drivers/cio/css.ts'
import {
  type ChannelPathInit,
  SET_SIZE,
  SUBCHANNEL_TYPE_IO,
  type SubchannelIds,
} from '../../../drivers/cio/hardware.ts'
import { ChannelIo } from '../../../drivers/cio/install.ts'
import type { RangeInit } from '../../../drivers/cio/range.ts'
import type { Machine } from '../../../drivers/machine.ts'
import { VfioCcwDriver } from '../../../drivers/vfio_ccw/driver.ts'
import { VirtioBus } from '../../../drivers/virtio/device.ts'
import { VIRTIO_CU_TYPE, VirtioCcwDriver } from '../../../drivers/virtio/virtio_ccw.ts'
import type { Site } from '../../kind.ts'
import { migrationModel } from '../../migration.ts'
import type { CssDescription } from './schema.ts'

const CCW_DRIVERS = { ...TERMINAL_DRIVERS, ...DASD_DRIVERS, ...ADAPTER_DRIVERS }

/** What `drivers` may name. io_subchannel is part of every kernel. */
export const DRIVERS = [
  'vfio_ccw',
  'chsc_subchannel',
  'eadm_subchannel',
  'virtio_ccw',
  ...Object.keys(CCW_DRIVERS),
] as const

/** The numbers of `40` or `40-43`. */
export function chpidNumbers(ids: string): number[] {
  const [low, high = low] = ids.split('-').map(id => Number.parseInt(id, 16))
  return Array.from({ length: high! - low! + 1 }, (_, i) => low! + i)
}

/** Where the devices of each line are: after those of the line before in the same set, unless the line says where. */
export function placeDevices({ devices }: CssDescription): SubchannelIds[] {
  const next = [0, 0, 0, 0]
  return devices.map(({ set = 0, subchannel, devices: line }) => {
    const first = ('model' in line ? undefined : line.first) ?? subchannel ?? next[set]!
    const count = line.last - line.first + 1
    next[set] = first + count
    return { ssid: set, first, count }
  })
}

/** All channel subsystems are on the same buses. */
export function buildCss({ machine }: Site, descriptions: readonly CssDescription[]): void {
  const io = new ChannelIo(machine.kernel, specialDevices(descriptions))
  for (const { cio_ignore: list } of descriptions) if (list !== undefined) io.blacklist.parse(list, 'add')
  loadDrivers(machine, io, descriptions)
  for (const description of descriptions) buildSubsystem(io, description)
}

function specialDevices(descriptions: readonly CssDescription[]) {
  const [ipldev, condev] = (['ipldev', 'condev'] as const).map(key =>
    descriptions.map(({ [key]: device }) => device).find(device => device !== undefined),
  )
  return {
    ...(ipldev && { ipldev: ipldev.ssid * SET_SIZE + ipldev.number }),
    ...(condev && { condev: condev.ssid * SET_SIZE + condev.number }),
  }
}

/** Those that are not said not to be there; virtio_ccw only where there is something for it, since a bus comes with it. */
function loadDrivers(machine: Machine, io: ChannelIo, descriptions: readonly CssDescription[]): void {
  const named = descriptions.map(({ drivers }) => drivers).find(given => given !== undefined)
  const isLoaded = (name: string) => named?.includes(name) ?? true
  io.loadDrivers(isLoaded, CCW_DRIVERS)
  if (isLoaded('virtio_ccw') && descriptions.some(({ devices }) => devices.some(isVirtio)))
    new VirtioCcwDriver(io, new VirtioBus(machine.kernel, name => machine.module(name))).register()
  const migration = descriptions.map(({ migration }) => migration).find(given => given !== undefined)
  if (isLoaded('vfio_ccw'))
    new VfioCcwDriver(machine, io.css, migration && migrationModel(migration)).register()
}

type Line = CssDescription['devices'][number]

function isVirtio({ devices }: Line): boolean {
  return 'model' in devices && devices.model.senseId.cuType === VIRTIO_CU_TYPE
}

function buildSubsystem(io: ChannelIo, description: CssDescription): void {
  const css = io.addSubsystem({
    cssid: Number.parseInt(description.css, 16),
    sclp: description.sclp ?? true,
    secm: description.channel_measurement ?? true,
    ...(description.real_cssid !== undefined && { realCssid: description.real_cssid }),
  })
  for (const path of paths(description)) css.addPath(path)
  const places = placeDevices(description)
  for (const [i, line] of description.devices.entries()) {
    const range = rangeOf(line, places[i]!)
    css.addRange(range)
    // what their drivers make of them is to be there, and the order in which it came shows
    if (line.vfio_ccw || isVirtio(line)) handOver(css, range, line.vfio_ccw === true)
  }
}

function rangeOf({ devices, pom = 0xff, online = false }: Line, place: SubchannelIds): RangeInit {
  if (!('model' in devices)) return { ...place, subchannelType: devices.subchannelType }
  const { model, first: devno, chpids } = devices
  return {
    ...place,
    subchannelType: SUBCHANNEL_TYPE_IO,
    io: { devno, ...model, chpids, pom },
    online,
  }
}

/** Gives subchannels to vfio_ccw, or devices to a driver that sets them online by itself. */
function handOver(css: ChannelSubsystem, { ssid, first, count }: RangeInit, vfio: boolean): void {
  for (let number = first; number < first + count; number++) {
    const subchannel = css.subchannel({ ssid, number })
    if (!subchannel) continue
    if (vfio) css.giveTo(subchannel, 'vfio_ccw')
    else css.ccwDevice(subchannel)?.setOnline()
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
      ...(path.pnetid !== undefined && { util: path.pnetid }),
    })),
  )
}
