import { Errno } from './errno.ts'

const U64 = (1n << 64n) - 1n
const S64_MAX = (1n << 63n) - 1n

/** `kstrtoull()` (lib/kstrtox.c): EINVAL for anything but one number and one optional newline, ERANGE beyond 64 bits. */
export function kstrtoull(text: string, base: number): bigint {
  const end = text.indexOf('\0')
  let digits = (end < 0 ? text : text.slice(0, end)).replace(/\n$/, '')
  if (digits.startsWith('+')) digits = digits.slice(1)
  let radix = base
  if (radix === 0) radix = /^0x[0-9a-f]/i.test(digits) ? 16 : digits.startsWith('0') ? 8 : 10
  if (radix === 16 && /^0x/i.test(digits)) digits = digits.slice(2)
  if (digits === '') throw new Errno('EINVAL')
  let value = 0n
  let overflow = false
  for (const char of digits) {
    const digit = Number.parseInt(char, radix)
    if (Number.isNaN(digit)) throw new Errno('EINVAL')
    value = value * BigInt(radix) + BigInt(digit)
    if (value > U64) {
      overflow = true
      value &= U64
    }
  }
  if (overflow) throw new Errno('ERANGE')
  return value
}

/** `kstrtoul()` of a 64-bit kernel. */
export const kstrtoul = kstrtoull

/** `kstrtobool()`: only the first byte or two count. EINVAL for anything else. */
export function kstrtobool(text: string): boolean {
  if (/^[yYtT1]/.test(text) || /^[oO][nN]/.test(text)) return true
  if (/^[nNfF0]/.test(text) || /^[oO][fF]/.test(text)) return false
  throw new Errno('EINVAL')
}

/** `kstrtoll()`: the same with a sign. */
export function kstrtoll(text: string, base: number): bigint {
  if (!text.startsWith('-')) {
    const value = kstrtoull(text, base)
    if (value > S64_MAX) throw new Errno('ERANGE')
    return value
  }
  // a second sign is no digit
  if (text[1] === '+') throw new Errno('EINVAL')
  const value = kstrtoull(text.slice(1), base)
  if (value > S64_MAX + 1n) throw new Errno('ERANGE')
  return -value
}

/** `kstrtouint()`. */
export function kstrtouint(text: string, base: number): number {
  const value = kstrtoull(text, base)
  if (value > 0xffffffffn) throw new Errno('ERANGE')
  return Number(value)
}

/** `kstrtoint()`. */
export function kstrtoint(text: string, base: number): number {
  const value = kstrtoll(text, base)
  if (BigInt.asIntN(32, value) !== value) throw new Errno('ERANGE')
  return Number(value)
}
