import type { CcwDriver } from './device.ts'
import type { CssDriver } from './driver.ts'
import { type IoDevice, parseBusId, type SubchannelId, type SubchannelIds } from './hardware.ts'

/** Inode numbers that each member of a range has: see {@link Inode}. */
const INODES = 6

/** What the inode numbers of a member are for, in their order. */
export const Inode = { subchannel: 0, cssLink: 1, cssDriverLink: 2, device: 3, ccwLink: 4, ccwDriverLink: 5 }

/** What all subchannels of a range are. */
export interface RangeInit extends SubchannelIds {
  /** `type` of the subchannels. */
  readonly subchannelType: number
  /** What is behind the first one; those after it have the device numbers after it. */
  readonly io?: IoDevice
  /** Their devices are online. */
  readonly online?: boolean
}

/**
 * Subchannels with numbers in a row, and the devices behind them, as boot found them. They are not built before
 * somebody looks at them.
 */
export class SubchannelRange {
  readonly init: RangeInit
  readonly driver: CssDriver | undefined
  /** Whether a path leads to the devices, so that they are there. */
  readonly found: boolean
  readonly ccwDriver: CcwDriver | undefined
  readonly #firstInode: number

  constructor(
    init: RangeInit,
    driver: CssDriver | undefined,
    device: { readonly found: boolean; readonly driver: CcwDriver | undefined },
    inodes: (count: number) => number,
  ) {
    this.init = init
    this.driver = driver
    this.found = device.found
    this.ccwDriver = device.driver
    this.#firstInode = inodes(init.count * INODES)
  }

  /** The place of that subchannel in the range. */
  indexOf({ ssid, number }: SubchannelId): number | undefined {
    return inRow(this.init.ssid === ssid, number, this.init.first, this.init.count)
  }

  /** The place of the subchannel with that device in the range. */
  indexOfDevice(ssid: number, devno: number): number | undefined {
    const { io, count } = this.init
    return io && this.found ? inRow(this.init.ssid === ssid, devno, io.devno, count) : undefined
  }

  id(index: number): SubchannelId {
    return { ssid: this.init.ssid, number: this.init.first + index }
  }

  /** What is behind that subchannel. */
  io(index: number): IoDevice | undefined {
    const { io } = this.init
    return io && { ...io, devno: io.devno + index }
  }

  inode(index: number, what: number): number {
    return this.#firstInode + index * INODES + what
  }
}

function inRow(sameSet: boolean, number: number, first: number, count: number): number | undefined {
  return sameSet && number >= first && number < first + count ? number - first : undefined
}

/** The set and number that a name such as `0.1.2345` of that channel subsystem has. */
export function parseMember(cssid: number, name: string): SubchannelId | undefined {
  const id = parseBusId(name)
  return id?.cssid === cssid ? id : undefined
}
