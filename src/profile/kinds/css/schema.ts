import type { z } from 'zod'
import { Blacklist } from '../../../drivers/cio/blacklist.ts'
import {
  PATHS,
  parseBusId,
  type SenseId,
  SUBCHANNEL_TYPE_ADM,
  SUBCHANNEL_TYPE_CHSC,
  SUBCHANNEL_TYPE_MESSAGE,
} from '../../../drivers/cio/hardware.ts'
import { Errno } from '../../../sysfs/lib/errno.ts'
import { migration } from '../../migration.ts'
import { fields, listOf, namesTo, shorthand } from '../../schema/fields.ts'
import { bool, hex, name, numberFrom, scalar, word } from '../../schema/scalar.ts'
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

/** Bytes of the utility string, and how many of them are one PNET id. */
const UTIL_STRING = 64
const PNETID = 16

/** A physical network id in EBCDIC, as the utility string begins with it: letters and digits, filled with blanks. */
function parsePnetid(text: string): Uint8Array | undefined {
  if (!/^[A-Z0-9]{1,16}$/.test(text)) return undefined
  const util = new Uint8Array(UTIL_STRING)
  util.fill(0x40, 0, PNETID)
  for (const [i, char] of [...text].entries()) util[i] = ebcdic(char)
  return util
}

/** Code page 500: digits from F0; letters in three rows, from C1, D1 and E2. */
function ebcdic(char: string): number {
  if (char >= '0' && char <= '9') return 0xf0 + Number(char)
  const letter = char.charCodeAt(0) - 'A'.charCodeAt(0)
  if (letter < 9) return 0xc1 + letter
  return letter < 18 ? 0xd1 + letter - 9 : 0xe2 + letter - 18
}

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
    pnetid: scalar('a physical network id, such as NET0', parsePnetid, ['string'])
      .meta({ description: 'util_string begins with it' })
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

/** Subchannels behind which there are no devices. */
export interface OtherRange {
  readonly subchannelType: number
  readonly first: number
  readonly last: number
}

const OTHERS: { readonly [name: string]: number } = {
  chsc: SUBCHANNEL_TYPE_CHSC,
  message: SUBCHANNEL_TYPE_MESSAGE,
  adm: SUBCHANNEL_TYPE_ADM,
}

const OTHER = new RegExp(`^(${Object.keys(OTHERS).join('|')}) subchannels? ([0-9a-f]{4})(?:-([0-9a-f]{4}))?$`)

function parseOther(text: string): OtherRange | undefined {
  const [, what, low, high = low] = OTHER.exec(text) ?? []
  if (low === undefined) return undefined
  return { subchannelType: OTHERS[what!]!, ...rising(low, high!) }
}

function rising(low: string, high: string): { readonly first: number; readonly last: number } {
  const first = Number.parseInt(low, 16)
  const last = Number.parseInt(high, 16)
  if (last < first) throw new Refusal(`${low}-${high} runs backwards`)
  return { first, last }
}

function modelOf(text: string): DeviceModel {
  const known = MODELS[text]
  if (known) return known
  const [cu, cuModel, dev = 0, devModel = 0] = text.split(/[ /]/).map(part => Number.parseInt(part, 16))
  return model(cu!, cuModel!, dev, devModel)
}

function parseRange(text: string): DeviceRange | undefined {
  const [, what, low, high = low, paths] = RANGE.exec(text) ?? []
  if (paths === undefined) return undefined
  const numbers = rising(low!, high!)
  const ids = paths.split(/, ?/).map(id => Number.parseInt(id, 16))
  if (ids.length > PATHS) throw new Refusal(`${ids.length} channel paths are more than ${PATHS}`)
  if (new Set(ids).size < ids.length) throw new Refusal(`a channel path is named twice in ${paths}`)
  return { model: modelOf(what!), ...numbers, chpids: ids }
}

const range = shorthand(
  'devices',
  fields('devices such as dasd 1000-10ff on chpids 40,41', {
    devices: scalar(
      `devices such as dasd 1000-10ff on chpids 40,41: one of ${Object.keys(MODELS).join(', ')}, or types such as 3990/e9 3390/0a; or others such as adm subchannels 0200-0203`,
      text => parseOther(text) ?? parseRange(text),
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

const device = scalar(
  'the number of a device, such as 0.0.1000',
  text => {
    const id = parseBusId(text)
    return id?.cssid === 0 ? id : undefined
  },
  ['string'],
)

/** A list that cio_ignore takes. */
function parseIgnored(text: string): string {
  try {
    new Blacklist().parse(text, 'add')
  } catch (error) {
    if (error instanceof Errno) throw new Refusal(error.reason)
    throw error
  }
  return text
}

export const shape = fields('a channel subsystem', {
  css: address.meta({ description: 'a channel subsystem, with everything in it' }),
  real_cssid: hex(2, '0').meta({ description: 'what the machine calls it; unknown' }).exactOptional(),
  sclp: bool.meta({ description: 'whether channel paths can be configured; yes' }).exactOptional(),
  channel_measurement: bool
    .meta({ description: 'whether channels can be measured (cm_enable); yes' })
    .exactOptional(),
  drivers: listOf(name, 'drivers that are loaded; all where nothing is said').exactOptional(),
  cio_ignore: scalar('devices to ignore, such as all,!0.0.1000-0.0.1fff', parseIgnored, ['string', 'integer'])
    .meta({ description: 'what /proc/cio_ignore has at first; nothing' })
    .exactOptional(),
  ipldev: device.meta({ description: 'what the system was booted from' }).exactOptional(),
  condev: device.meta({ description: 'the console' }).exactOptional(),
  migration: migration.meta({ description: 'what the mdevs of vfio_ccw have' }).exactOptional(),
  chpids: namesTo(chpid, 'a map of channel paths, such as {40-43: FICON}', chpids),
  devices: listOf(range, 'devices in the order of their subchannels'),
})

export type CssDescription = z.output<typeof shape>
