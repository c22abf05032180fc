import { cString } from './ctype.ts'
import { Errno } from './errno.ts'

/**
 * The number parsers of lib/kstrtox.c, for stores. Text is bytes as Latin-1; a NUL ends it.
 *
 * All of them take one number, an optional `+` before it and one optional newline after it, and nothing else: EINVAL.
 * ERANGE where the type can not hold the number.
 */

/** 0 takes the base from the text: 0x is 16, 0 is 8, else 10. */
export type Base = 0 | 8 | 10 | 16

const U64 = (1n << 64n) - 1n
const S64 = (1n << 63n) - 1n

const DIGITS = { 8: /[0-7]*/y, 10: /[0-9]*/y, 16: /[0-9a-f]*/iy }
const LITERAL = { 8: '0o', 10: '', 16: '0x' }

export interface Integer {
  /** Without wrapping: more than 64 bits is an overflow. */
  readonly value: bigint
  /** Where the digits begin, after 0x. */
  readonly start: number
  /** Where they end; the same as `start` where there are none. */
  readonly end: number
}

/** `_parse_integer_fixup_radix()` and `_parse_integer_limit()`: digits from `at` on, up to `limit`. */
export function parseInteger(text: string, at: number, base: Base, limit = text.length): Integer {
  const radix = base || guessRadix(text, at)
  const start = radix === 16 && /0x/iy.test(text.slice(at, at + 2)) ? at + 2 : at
  const pattern = DIGITS[radix]
  pattern.lastIndex = start
  const digits = pattern.exec(text)![0].slice(0, Math.max(0, limit - start))
  const value = digits === '' ? 0n : BigInt(LITERAL[radix] + digits)
  return { value, start, end: start + digits.length }
}

function guessRadix(text: string, at: number): 8 | 10 | 16 {
  if (text[at] !== '0') return 10
  return /^x[0-9a-f]/i.test(text.slice(at + 1, at + 3)) ? 16 : 8
}

/** `_kstrtoull()`: an overflow is told before junk that follows the number. */
function unsigned64(text: string, at: number, base: Base): bigint {
  const { value, start, end } = parseInteger(text, at, base)
  if (value > U64) throw new Errno('ERANGE')
  if (end === start) throw new Errno('EINVAL')
  if ((text[end] === '\n' ? end + 1 : end) !== text.length) throw new Errno('EINVAL')
  return value
}

export function kstrtoull(text: string, base: Base): bigint {
  const string = cString(text)
  return unsigned64(string, string[0] === '+' ? 1 : 0, base)
}

export function kstrtoll(text: string, base: Base): bigint {
  const string = cString(text)
  if (string[0] === '-') {
    const value = unsigned64(string, 1, base)
    if (value > S64 + 1n) throw new Errno('ERANGE')
    return -value
  }
  const value = kstrtoull(string, base)
  if (value > S64) throw new Errno('ERANGE')
  return value
}

/** A long has 64 bits on every kernel that is modelled. */
export const kstrtoul = kstrtoull
export const kstrtol = kstrtoll

export function kstrtou16(text: string, base: Base): number {
  const value = kstrtoull(text, base)
  if (value > 0xffff) throw new Errno('ERANGE')
  return Number(value)
}

export function kstrtoint(text: string, base: Base): number {
  const value = kstrtoll(text, base)
  if (value > 0x7fff_ffff || value < -0x8000_0000) throw new Errno('ERANGE')
  return Number(value)
}

/**
 * `kstrtobool()`: y, t, 1 and on; n, f, 0 and of, in any case. Only the first byte or two count. EINVAL for anything
 * else. (t and f since 5.19.)
 */
export function kstrtobool(text: string): boolean {
  if (/^(?:[yt1]|on)/i.test(text)) return true
  if (/^(?:[nf0]|of)/i.test(text)) return false
  throw new Errno('EINVAL')
}
