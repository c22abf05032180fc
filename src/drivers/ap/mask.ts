import { cString } from '../../sysfs/lib/ctype.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { simpleStrtoull } from '../../sysfs/lib/vsprintf.ts'

/**
 * A set of adapters or of domains, as the AP instructions have it: 256 bits, of which bit 0 is the leftmost
 * (drivers/s390/crypto/ap_bus.h `set_bit_inv()`).
 */
export type Mask = bigint

export const MASK_BITS = 256
export const EMPTY: Mask = 0n
export const FULL: Mask = (1n << 256n) - 1n

const DIGITS = MASK_BITS / 4
const BITS: readonly Mask[] = Array.from({ length: MASK_BITS }, (_, n) => 1n << BigInt(MASK_BITS - 1 - n))

/** The mask that has only that bit. */
export function bit(n: number): Mask {
  return BITS[n]!
}

export function has(mask: Mask, n: number): boolean {
  return (mask & BITS[n]!) !== 0n
}

export function andNot(mask: Mask, taken: Mask): Mask {
  return mask & ~taken
}

export function maskOf(numbers: Iterable<number>): Mask {
  let mask = EMPTY
  for (const n of numbers) mask |= BITS[n]!
  return mask
}

/** The numbers of the bits that are set, ascending. */
export function bits(mask: Mask): number[] {
  const numbers: number[] = []
  if (mask === EMPTY) return numbers
  const text = hex(mask)
  for (let digit = 0; digit < DIGITS; digit++) {
    const value = Number.parseInt(text[digit]!, 16)
    for (let n = 0; value !== 0 && n < 4; n++) if (value & (8 >> n)) numbers.push(digit * 4 + n)
  }
  return numbers
}

function hex(mask: Mask): string {
  return mask.toString(16).padStart(DIGITS, '0')
}

/** `0x` and 64 digits. */
export function printMask(mask: Mask): string {
  return `0x${hex(mask)}`
}

const ABSOLUTE = /^(?:0?x)?([0-9a-f]{0,64})\n?$/i

/**
 * `ap_hex2bitmap()`: hexadecimal digits from the left, as many as there are; `x` and `0x` may stand before them, and one
 * newline after them. So `x`, `0x` and a lone newline are the empty mask. EINVAL for anything else.
 */
export function parseAbsolute(text: string): Mask {
  const digits = ABSOLUTE.exec(text)?.[1]
  // the prefix is a small x: isxdigit() knows no X
  if (digits === undefined || /^0?X/.test(text)) throw new Errno('EINVAL')
  return digits === '' ? EMPTY : BigInt(`0x${digits.padEnd(DIGITS, '0')}`)
}

/**
 * `modify_bitmap()`: `+N`, `-N`, `+N-M`, `-N-M`, numbers by base 0, commas and newlines between them ignored. EINVAL for
 * a missing sign, no number, a bit beyond the last, a range that runs backwards.
 */
function modify(text: string, mask: Mask): Mask {
  let result = mask
  let at = 0
  const number = (): number => {
    const { value, end } = simpleStrtoull(text, 0, at)
    if (end === at || value >= MASK_BITS) throw new Errno('EINVAL')
    at = end
    return Number(value)
  }
  while (at < text.length) {
    const sign = text[at++]
    if (sign !== '+' && sign !== '-') throw new Errno('EINVAL')
    const first = number()
    let last = first
    if (text[at] === '-') {
      at++
      last = number()
      if (first > last) throw new Errno('EINVAL')
    }
    for (let n = first; n <= last; n++) result = sign === '+' ? result | BITS[n]! : andNot(result, BITS[n]!)
    while (text[at] === ',' || text[at] === '\n') at++
  }
  return result
}

/**
 * What somebody wrote to `apmask` or `aqmask` (`ap_parse_bitmap_str()`): a change of the mask if it begins with a sign,
 * otherwise the whole mask. EINVAL, and nothing changes.
 */
export function parseMask(buf: string, mask: Mask): Mask {
  const text = cString(buf)
  return /^[+-]/.test(text) ? modify(text, mask) : parseAbsolute(text)
}
