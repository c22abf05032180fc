import { cString, isSpace, skipSpaces } from './ctype.ts'
import { type Base, parseInteger } from './kstrtox.ts'

type Width = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
type Small = 'd' | 'i' | 'u' | 'x' | 'X' | 'o'

/** The values that a format gives: bigint for %l.. and %ll.., number for the shorter ones, string for %s and %c. */
type Values<F extends string> = F extends `${string}%${infer Rest}` ? Conversion<Rest, number> : []
type Conversion<F extends string, Size> = F extends `%${infer Rest}` | `*${infer Rest}`
  ? Values<Rest>
  : F extends `${Width}${infer Rest}` | `h${infer Rest}`
    ? Conversion<Rest, Size>
    : F extends `l${infer Rest}`
      ? Conversion<Rest, bigint>
      : F extends `${Small}${infer Rest}`
        ? [Size, ...Values<Rest>]
        : F extends `${'s' | 'c'}${infer Rest}`
          ? [string, ...Values<Rest>]
          : never

const CONVERSION = /(\*?)(\d*)(hh|h|ll|l|)([diuxXosc%])/y

const BITS = { hh: 8, h: 16, '': 32, l: 64, ll: 64 }

const FIRST_DIGIT = { 0: /[0-9]/, 8: /[0-7]/, 10: /[0-9]/, 16: /[0-9a-f]/i }

/**
 * `sscanf()` of the kernel (lib/vsprintf.c `vsscanf()`): blanks before a number and junk after the last conversion are
 * accepted, a `+` is not; numbers that are too large are cut to the type. Knows %d %i %u %x %o %s %c %%, widths, `*`,
 * and hh h l ll.
 *
 * @returns one value for each conversion that matched; its length is what the kernel's function returns
 */
export function sscanf<F extends string>(text: string, format: F): Partial<Values<F>>
export function sscanf(text: string, format: string): unknown[] {
  const string = cString(text)
  const values: unknown[] = []
  let at = 0
  let f = 0
  while (f < format.length) {
    if (isSpace(format[f])) {
      f = skipSpaces(format, f)
      at = skipSpaces(string, at)
      continue
    }
    if (format[f] !== '%') {
      if (format[f++] !== string[at++]) break
      continue
    }
    CONVERSION.lastIndex = f + 1
    const parts = CONVERSION.exec(format)
    if (!parts) throw new TypeError(`sscanf() does not know ${format.slice(f)}`)
    f = CONVERSION.lastIndex
    const [, skip, digits, size, conversion] = parts as unknown as Parts
    const width = digits === '' ? undefined : Number(digits)
    if (at >= string.length || width === 0) break
    if (skip) {
      at = endOfWord(string, at)
      continue
    }
    if (conversion === '%') {
      if (string[at++] !== '%') break
      continue
    }
    if (conversion === 'c') {
      const taken = string.slice(at, at + (width ?? 1))
      values.push(taken)
      at += taken.length
      continue
    }
    at = skipSpaces(string, at)
    if (conversion === 's') {
      const end = endOfWord(string, at, width)
      values.push(string.slice(at, end))
      at = end
      continue
    }
    const scanned = scanInteger(string, at, conversion, width)
    if (!scanned) break
    at = scanned.end
    const bits = BITS[size]
    const cut = isSigned(conversion)
      ? BigInt.asIntN(bits, scanned.value)
      : BigInt.asUintN(bits, scanned.value)
    values.push(bits === 64 ? cut : Number(cut))
  }
  return values
}

type IntegerConversion = 'd' | 'i' | 'u' | 'x' | 'X' | 'o'
type Parts = readonly [string, string, string, keyof typeof BITS, IntegerConversion | 's' | 'c' | '%']

function isSigned(conversion: IntegerConversion): boolean {
  return conversion === 'd' || conversion === 'i'
}

function baseOf(conversion: IntegerConversion): Base {
  if (conversion === 'x' || conversion === 'X') return 16
  if (conversion === 'o') return 8
  return conversion === 'i' ? 0 : 10
}

function endOfWord(text: string, at: number, width = text.length): number {
  const limit = Math.min(text.length, at + width)
  let end = at
  while (end < limit && !isSpace(text[end])) end++
  return end
}

/** `simple_strntoll()`, where there is a digit to begin with. */
function scanInteger(
  text: string,
  at: number,
  conversion: IntegerConversion,
  width: number | undefined,
): { value: bigint; end: number } | undefined {
  const limit = width === undefined ? text.length : at + width
  const negative = isSigned(conversion) && text[at] === '-'
  const first = negative ? at + 1 : at
  const base = baseOf(conversion)
  if (first >= Math.min(limit, text.length) || !FIRST_DIGIT[base].test(text[first]!)) return undefined
  const { value, end } = parseInteger(text, first, base, limit)
  return { value: negative ? -value : value, end: Math.min(end, Math.max(limit, first)) }
}

/** `simple_strtoull()`: the number at that place of the text, 0 where there is none, and where it ends. */
export function simpleStrtoull(text: string, base: Base, at = 0): { value: bigint; end: number } {
  const { value, end } = parseInteger(text, at, base)
  return { value: BigInt.asUintN(64, value), end }
}
