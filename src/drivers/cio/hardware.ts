import { hex } from '../../sysfs/lib/hex.ts'

/** How many paths lead to a device at most: bit 0, the leftmost, is the first. */
export const PATHS = 8

/** The bit of a path in a mask such as `vpm`. */
export function pathBit(index: number): number {
  return 0x80 >> index
}

/** `type` of a subchannel (`enum subchannel_type`). */
export const SUBCHANNEL_TYPE_IO = 0
export const SUBCHANNEL_TYPE_CHSC = 1
export const SUBCHANNEL_TYPE_MESSAGE = 2
export const SUBCHANNEL_TYPE_ADM = 3

/** `struct subchannel_id`, the channel subsystem aside: its set, 0 to 3, and its number there. */
export interface SubchannelId {
  readonly ssid: number
  readonly number: number
}

/** Subchannels of one set with numbers in a row. */
export interface SubchannelIds {
  readonly ssid: number
  readonly first: number
  readonly count: number
}

/** How many numbers a subchannel set has. */
export const SET_SIZE = 0x10000

/** `0.0.1234`: of a subchannel and of a ccw device, css, set and number. */
export function busId(ssid: number, number: number, cssid = 0): string {
  return `${cssid.toString(16)}.${ssid.toString(16)}.${hex(number, 4)}`
}

/** What {@link busId} made. */
export function parseBusId(name: string): (SubchannelId & { readonly cssid: number }) | undefined {
  if (!/^[0-9a-f]\.[0-3]\.[0-9a-f]{4}$/.test(name)) return undefined
  return {
    cssid: Number.parseInt(name[0]!, 16),
    ssid: Number(name[2]),
    number: Number.parseInt(name.slice(4), 16),
  }
}

/** What a control unit and its device say of themselves (SenseID). A device type of 0 is none. */
export interface SenseId {
  readonly cuType: number
  readonly cuModel: number
  readonly devType: number
  readonly devModel: number
}

/** A device as the machine has it, whether a driver wants it or not. */
export interface IoDevice {
  readonly devno: number
  readonly senseId: SenseId
  /** Channel paths that lead to it, eight at most. */
  readonly chpids: readonly number[]
  /** Path operational mask of the subchannel (`pom`). */
  readonly pom: number
  /** The subchannel does QDIO (`pmcw.qf`): OSA, HiperSockets, FCP. */
  readonly qdio: boolean
}

/** The mask of a device's paths that can be used, as far as they are operational (`vpm`). */
export function verifiedPaths({ chpids, pom }: IoDevice, usable: (chpid: number) => boolean): number {
  let mask = 0
  for (const [index, chpid] of chpids.entries()) if (usable(chpid)) mask |= pathBit(index)
  return mask & pom
}

/** A channel path of the machine. */
export interface ChannelPathInit {
  readonly id: number
  /** 0x1b is FICON, 0x11 OSD, 0x24 IQD, 0x25 FCP, 0x32 virtio. */
  readonly type: number
  /** Channel measurement group, where it is known. */
  readonly cmg?: number
  readonly shared?: boolean
  readonly chid?: number
  /** Whether the channel id is a physical one (PCHID). */
  readonly chidExternal?: boolean
  /** Bits per second: 16G and the like. */
  readonly speed?: number
  /** The utility string, 64 bytes of EBCDIC: a PNET id. */
  readonly util?: Uint8Array
  /** 0 is standby, 1 configured, 2 reserved, 3 not recognized. */
  readonly configure?: number
}

/** `snprint_alias()`: `ccw:t3990mE9dt3390dm0C`; without a device type it ends in `dtdm`. */
export function printAlias({ cuType, cuModel, devType, devModel }: SenseId): string {
  const upper = (value: number, digits: number) => hex(value, digits).toUpperCase()
  const device = devType === 0 ? 'dtdm' : `dt${upper(devType, 4)}dm${upper(devModel, 2)}`
  return `ccw:t${upper(cuType, 4)}m${upper(cuModel, 2)}${device}`
}
