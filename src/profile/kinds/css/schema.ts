import type { z } from 'zod'
import { PATHS, type SenseId } from '../../../drivers/cio/hardware.ts'
import { fields, listOf, namesTo, shorthand } from '../../schema/fields.ts'
import { bool, hex, numberFrom, scalar, word } from '../../schema/scalar.ts'
import { Refusal } from '../../schema/values.ts'

/** Which channel subsystem is meant: its number, one hexadecimal digit. */
export const address = scalar(
  'the number of a channel subsystem, such as 0',
  text => (/^[0-9a-f]$/.test(text) ? text : undefined),
  ['string', 'integer'],
)

/** Types of channel paths that have names (Principles of Operation; `type` of chp0.NN). */
const CHPID_TYPES: { readonly [name: string]: number } = {
  OSD: 0x11,
  FICON: 0x1b,
  IQD: 0x24,
  FCP: 0x25,
  virtio: 0x32,
}

const chpidType = scalar(
  `a type of channel path: ${Object.keys(CHPID_TYPES).join(', ')}, or its number such as 0x1a`,
  text => {
    const named = CHPID_TYPES[text]
    if (named !== undefined) return named
    return /^0x[0-9a-f]{1,2}$/.test(text) ? Number(text) : undefined
  },
  ['string', 'integer'],
)

/** In the order of the numbers that `configure` reads. */
const CONFIGURE = ['standby', 'configured', 'reserved', 'unknown'] as const

const chpid = shorthand(
  'type',
  fields('a type such as FICON, or a map with type', {
    type: chpidType,
    configure: word(...CONFIGURE)
      .transform(state => CONFIGURE.indexOf(state))
      .meta({ description: 'configured where nothing is said', enum: [...CONFIGURE] })
      .exactOptional(),
    cmg: numberFrom(0, 3).meta({ description: 'channel measurement group; unknown' }).exactOptional(),
    shared: bool.meta({ description: 'unknown where nothing is said' }).exactOptional(),
    chid: hex(4, '0390')
      .meta({ description: 'channel id; those of a range of paths count up' })
      .exactOptional(),
    external: bool.meta({ description: 'whether chid is a physical channel; yes' }).exactOptional(),
    speed: numberFrom(0, 2 ** 50)
      .meta({ description: 'speed_bps, such as 16000000000' })
      .exactOptional(),
  }),
)

const chpids = scalar(
  'a channel path as sysfs has it in chp0.XX, such as 40, or a range such as 40-43',
  text => (/^[0-9a-f]{2}(?:-[0-9a-f]{2})?$/.test(text) ? text : undefined),
  ['string'],
)

/** What a device is, by the name that people have for it. */
export interface DeviceModel {
  readonly senseId: SenseId
  /** Its subchannel does QDIO, so it is none for vfio_ccw. */
  readonly qdio: boolean
}

function model(cu: number, cuModel: number, dev = 0, devModel = 0, qdio = false): DeviceModel {
  return { senseId: { cuType: cu, cuModel, devType: dev, devModel }, qdio }
}

const MODELS: { readonly [name: string]: DeviceModel } = {
  dasd: model(0x3990, 0xe9, 0x3390, 0x0c),
  fba: model(0x6310, 0x80, 0x9336, 0x10),
  osa: model(0x1731, 0x01, 0x1732, 0x01, true),
  hipersockets: model(0x1731, 0x05, 0x1732, 0x05, true),
  fcp: model(0x1731, 0x03, 0x1732, 0x03, true),
  console: model(0x3215, 0x00),
  terminal: model(0x3270, 0x00, 0x3278, 0x02),
}

/** One line of devices, as a mainframe person says it. */
export interface DeviceRange {
  readonly model: DeviceModel
  readonly first: number
  readonly last: number
  readonly chpids: readonly number[]
}

const NAMES = Object.keys(MODELS).join('|')
const RANGE = new RegExp(
  `^(${NAMES}|[0-9a-f]{4}/[0-9a-f]{2}(?: [0-9a-f]{4}/[0-9a-f]{2})?) ` +
    '([0-9a-f]{4})(?:-([0-9a-f]{4}))? on chpids? ([0-9a-f]{2}(?:, ?[0-9a-f]{2})*)$',
)

function modelOf(text: string): DeviceModel {
  const known = MODELS[text]
  if (known) return known
  const [cu, cuModel, dev = 0, devModel = 0] = text.split(/[ /]/).map(part => Number.parseInt(part, 16))
  return model(cu!, cuModel!, dev, devModel)
}

function parseRange(text: string): DeviceRange | undefined {
  const [, what, low, high = low, paths] = RANGE.exec(text) ?? []
  if (paths === undefined) return undefined
  const first = Number.parseInt(low!, 16)
  const last = Number.parseInt(high!, 16)
  if (last < first) throw new Refusal(`${low}-${high} runs backwards`)
  const ids = paths.split(/, ?/).map(id => Number.parseInt(id, 16))
  if (ids.length > PATHS) throw new Refusal(`${ids.length} channel paths are more than ${PATHS}`)
  if (new Set(ids).size < ids.length) throw new Refusal(`a channel path is named twice in ${paths}`)
  return { model: modelOf(what!), first, last, chpids: ids }
}

const range = shorthand(
  'devices',
  fields('devices such as dasd 1000-10ff on chpids 40,41', {
    devices: scalar(
      `devices such as dasd 1000-10ff on chpids 40,41: one of ${Object.keys(MODELS).join(', ')}, or types such as 3990/e9 3390/0a`,
      parseRange,
      ['string'],
    ),
    set: numberFrom(0, 3).meta({ description: 'subchannel set; 0' }).exactOptional(),
    subchannel: hex(4, '0313')
      .meta({ description: 'number of the first subchannel; the next free one where nothing is said' })
      .exactOptional(),
    online: bool.meta({ description: 'whether they are online; no' }).exactOptional(),
    pom: hex(2, '0xff').meta({ description: 'path operational mask; ff' }).exactOptional(),
    vfio_ccw: bool.meta({ description: 'whether vfio_ccw has their subchannels; no' }).exactOptional(),
  }),
)

export const shape = fields('a channel subsystem', {
  css: address.meta({ description: 'a channel subsystem, with everything in it' }),
  real_cssid: hex(2, '0').meta({ description: 'what the machine calls it; unknown' }).exactOptional(),
  sclp: bool.meta({ description: 'whether channel paths can be configured; yes' }).exactOptional(),
  chpids: namesTo(chpid, 'a map of channel paths, such as {40-43: FICON}', chpids),
  devices: listOf(range, 'devices in the order of their subchannels'),
})

export type CssDescription = z.output<typeof shape>
