import { Errno } from '../../sysfs/lib/errno.ts'
import { busId, SET_SIZE } from './hardware.ts'

/** `__MAX_SSID`. */
const MAX_SSID = 3

/** Device numbers from one to another, both of them with their set above the lowest 16 bits. */
interface Interval {
  readonly from: number
  readonly to: number
}

/** What `ipldev` and `condev` stand for: a device number with its set; undefined where there is none. */
export interface SpecialDevices {
  readonly ipldev?: number
  readonly condev?: number
}

/** The devices that the kernel is told to ignore: /proc/cio_ignore (drivers/s390/cio/blacklist.c). */
export class Blacklist {
  readonly #special: SpecialDevices
  /** In order, none touching another. */
  #intervals: readonly Interval[] = []

  constructor(special: SpecialDevices = {}) {
    this.#special = special
  }

  /** `is_blacklisted()`. */
  has(ssid: number, devno: number): boolean {
    const number = ssid * SET_SIZE + devno
    return this.#intervals.some(({ from, to }) => from <= number && number <= to)
  }

  /** How many devices in a row from that one are ignored, or are not. */
  run(ssid: number, devno: number): { readonly ignored: boolean; readonly length: number } {
    const number = ssid * SET_SIZE + devno
    const end = (ssid + 1) * SET_SIZE
    for (const { from, to } of this.#intervals) {
      if (number < from) return { ignored: false, length: Math.min(from, end) - number }
      if (number <= to) return { ignored: true, length: Math.min(to + 1, end) - number }
    }
    return { ignored: false, length: end - number }
  }

  /**
   * A list such as `all,!0.0.4711,0.0.0100-0.0.01ff` (`blacklist_parse_parameters()`): what is right in it takes effect,
   * also where something is wrong, which is EINVAL then.
   */
  parse(list: string, action: 'add' | 'free'): void {
    let wrong: string | undefined
    for (const word of list.split(',')) {
      const inverse = word.startsWith('!')
      const parsed = this.#parseItem(inverse ? word.slice(1) : word)
      if (parsed === 'wrong') wrong ??= word
      else if (parsed) this.#change(parsed, (action === 'add') !== inverse)
    }
    if (wrong !== undefined) throw new Errno('EINVAL', `${wrong} is no device`)
  }

  /** `cio_ignore_proc_seq_show()`: a line for each range, none across two sets. */
  print(): string {
    let text = ''
    for (const { from, to } of this.#intervals) {
      for (let start = from; start <= to; ) {
        const end = Math.min(to, (Math.floor(start / SET_SIZE) + 1) * SET_SIZE - 1)
        text += start === end ? `${name(start)}\n` : `${name(start)}-${name(end)}\n`
        start = end + 1
      }
    }
    return text
  }

  #parseItem(item: string): Interval | 'wrong' | undefined {
    if (item === 'all') return { from: 0, to: (MAX_SSID + 1) * SET_SIZE - 1 }
    if (item === 'ipldev' || item === 'condev') {
      const device = this.#special[item]
      return device === undefined ? undefined : { from: device, to: device }
    }
    const dash = item.indexOf('-')
    const from = parseDevice(dash < 0 ? item : item.slice(0, dash))
    const to = dash < 0 ? from : parseDevice(item.slice(dash + 1))
    return from === undefined || to === undefined || from > to ? 'wrong' : { from, to }
  }

  #change({ from, to }: Interval, add: boolean): void {
    const kept: Interval[] = []
    let [low, high] = [from, to]
    for (const interval of this.#intervals) {
      if (add && interval.from <= high + 1 && interval.to >= low - 1) {
        low = Math.min(low, interval.from)
        high = Math.max(high, interval.to)
        continue
      }
      if (add || interval.to < from || interval.from > to) {
        kept.push(interval)
        continue
      }
      if (interval.from < from) kept.push({ from: interval.from, to: from - 1 })
      if (interval.to > to) kept.push({ from: to + 1, to: interval.to })
    }
    if (add) kept.push({ from: low, to: high })
    this.#intervals = kept.sort((a, b) => a.from - b.from)
  }
}

function name(number: number): string {
  return busId(Math.floor(number / SET_SIZE), number % SET_SIZE)
}

/** `parse_busid()`: a device number alone, in hexadecimal with or without 0x, or `0.S.DDDD`. */
function parseDevice(text: string): number | undefined {
  const [, plain] = /^(?:0[xX])?([0-9a-fA-F]+)$/.exec(text) ?? []
  if (plain !== undefined) {
    const devno = Number.parseInt(plain, 16)
    return devno < SET_SIZE ? devno : undefined
  }
  const [, ssid, devno] = /^0{1,2}\.([0-3])\.([0-9a-fA-F]{4})$/.exec(text) ?? []
  return devno === undefined ? undefined : Number(ssid) * SET_SIZE + Number.parseInt(devno, 16)
}
