import { cString, isSpace } from './ctype.ts'
import { Errno } from './errno.ts'
import { parseInteger } from './kstrtox.ts'

/** Bitmaps as the kernel reads and prints them (lib/bitmap.c). Bit n of the number is bit n of the bitmap. */

const CHUNK = 32
const U32 = 2n ** 32n - 1n

/** `%*pb`: hexadecimal, in groups of 32 bits with commas, as wide as the bitmap: 12 bits print as `00f`. */
export function bitmapPrint(bitmap: bigint, bits: number): string {
  const groups: string[] = []
  let width = Math.ceil((bits % CHUNK || CHUNK) / 4)
  for (let from = Math.ceil(bits / CHUNK) * CHUNK - CHUNK; from >= 0; from -= CHUNK) {
    const group = BigInt.asUintN(Math.min(CHUNK, bits - from), bitmap >> BigInt(from))
    groups.push(group.toString(16).padStart(width, '0'))
    width = CHUNK / 4
  }
  return groups.join(',')
}

/** `%*pbl`: decimal ranges, `0-3,5`; the empty string for an empty bitmap. */
export function bitmapPrintList(bitmap: bigint, bits: number): string {
  const ranges: string[] = []
  let start = -1
  for (let bit = 0; bit <= bits; bit++) {
    const set = bit < bits && (bitmap >> BigInt(bit)) & 1n
    if (set && start < 0) start = bit
    if (!set && start >= 0) {
      ranges.push(start === bit - 1 ? `${start}` : `${start}-${bit - 1}`)
      start = -1
    }
  }
  return ranges.join(',')
}

function isSeparator(char: string | undefined): boolean {
  return char === ',' || isSpace(char)
}

/** Up to the NUL or the first newline. */
function line(text: string): string {
  return cString(text).split('\n', 1)[0]!
}

function isHexDigit(char: string | undefined): boolean {
  return char !== undefined && /[0-9a-f]/i.test(char)
}

/**
 * `bitmap_parse()`: hexadecimal groups of at most 32 bits, the lowest last, separated by commas or blanks. EINVAL for what
 * is no digit, EOVERFLOW for a group or a number that is too large. It reads from the end; the character before a full
 * group of eight digits is passed over when it is no digit, as in the kernel.
 */
export function bitmapParse(text: string, bits: number): bigint {
  const string = line(text)
  let bitmap = 0n
  let end = string.length - 1
  for (let from = 0; ; from += CHUNK) {
    while (isSeparator(string[end])) end--
    if (end < 0) break
    if (from >= bits) throw new Errno('EOVERFLOW')
    let digits = ''
    do {
      if (!isHexDigit(string[end])) throw new Errno('EINVAL')
      digits = string[end--]! + digits
    } while (digits.length < CHUNK / 4 && end >= 0 && !isSeparator(string[end]))
    if (end >= 0 && !isSeparator(string[end]) && isHexDigit(string[end--])) throw new Errno('EOVERFLOW')
    bitmap |= BigInt(`0x${digits}`) << BigInt(from)
  }
  if (bitmap >> BigInt(bits)) throw new Errno('EOVERFLOW')
  return bitmap
}

/**
 * `bitmap_parselist()`: items `N`, `N-M`, `N-M:USED/GROUP` or `all`, separated by commas or blanks; `N` itself is the
 * last bit. EINVAL for bad syntax, ERANGE for a bit beyond the bitmap, EOVERFLOW for a number beyond 32 bits.
 */
export function bitmapParselist(text: string, bits: number): bigint {
  const string = line(text)
  let bitmap = 0n
  let at = 0
  const number = (): bigint => {
    if (string[at] === 'N') {
      at++
      return BigInt(bits - 1)
    }
    const { value, start, end } = parseInteger(string, at, 10)
    if (end === start) throw new Errno('EINVAL')
    if (value > U32) throw new Errno('EOVERFLOW')
    at = end
    return value
  }
  const take = (char: string): void => {
    if (string[at++] !== char) throw new Errno('EINVAL')
  }
  const atEnd = (): boolean => at >= string.length || isSeparator(string[at])

  while (true) {
    while (isSeparator(string[at])) at++
    if (at >= string.length) return bitmap
    let start = 0n
    let end: bigint
    let ranged = true
    if (string.slice(at, at + 3).toLowerCase() === 'all') {
      at += 3
      end = BigInt(bits - 1)
    } else {
      start = number()
      end = start
      ranged = !atEnd()
      if (ranged) {
        take('-')
        end = number()
      }
    }
    let used = end + 1n
    let group = end + 1n
    if (ranged && !atEnd()) {
      take(':')
      used = number()
      take('/')
      group = number()
    }
    if (start > end || group === 0n || used > group) throw new Errno('EINVAL')
    if (end >= BigInt(bits)) throw new Errno('ERANGE')
    for (let from = start; from <= end; from += group) {
      const length = used < end - from + 1n ? used : end - from + 1n
      bitmap |= ((1n << length) - 1n) << from
    }
  }
}
