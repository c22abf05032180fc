/**
 * How a profile writes numbers: as the kernel prints them, or as people do. Parsers answer undefined for what is not
 * of the form, and throw a {@link Refusal} where there is more to say.
 */

/** The form is right, the value is not; the message says what is wrong with it. */
export class Refusal extends Error {
  /** The line of the text that is meant, from 0. */
  readonly line: number | undefined

  constructor(message: string, line?: number) {
    super(message)
    this.line = line
  }
}

const UNITS = new Map([
  ['', 1],
  ['b', 1],
  ['k', 2 ** 10],
  ['m', 2 ** 20],
  ['g', 2 ** 30],
  ['t', 2 ** 40],
])

/** `28`, `0x1c`; with a unit `256MB`, `1.5G`, `64KiB`: units count by 1024, as the kernel's do. */
export function parseNumber(text: string): number | undefined {
  const match = /^(0x[0-9a-f]+|[0-9]+(?:\.[0-9]+)?)(?: ?(?:([kmgt])(?:i?b)?|b))?$/i.exec(text)
  if (!match) return undefined
  const value = Number(match[1]) * UNITS.get((match[2] ?? '').toLowerCase())!
  if (!Number.isInteger(value)) return undefined
  if (!Number.isSafeInteger(value)) throw new Refusal(`${text} is too large`)
  return value
}

/** `0x030000`, and `030000` too: what is always hexadecimal in sysfs is so here. */
export function parseHex(text: string): number | undefined {
  if (!/^(0x)?[0-9a-f]{1,13}$/i.test(text)) return undefined
  return Number.parseInt(text, 16)
}

/** A number from `low` to `high`. */
export function within(low: number, high: number, parse: (text: string) => number | undefined, base = 10) {
  const show = (value: number) => (base === 16 ? `0x${value.toString(16)}` : String(value))
  return (text: string): number | undefined => {
    const value = parse(text)
    if (value !== undefined && (value < low || value > high))
      throw new Refusal(`${text} is not from ${show(low)} to ${show(high)}`)
    return value
  }
}

export type Ranges = readonly (readonly [low: number, high: number])[]

/** `0-3,7` as the kernel prints lists of CPUs; numbers may be hexadecimal. Both ends belong to a range. */
export function parseRanges(text: string): Ranges | undefined {
  const ranges: [number, number][] = []
  for (const part of text.split(',')) {
    const match = /^ *(0x[0-9a-f]+|[0-9]+) *(?:- *(0x[0-9a-f]+|[0-9]+))? *$/i.exec(part)
    if (!match) return undefined
    const low = Number(match[1])
    const high = Number(match[2] ?? match[1])
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) throw new Refusal(`${part} is too large`)
    if (low > high) throw new Refusal(`${part} runs backwards`)
    ranges.push([low, high])
  }
  return ranges
}

const WORDS = new Map(
  Object.entries({ yes: true, no: false, true: true, false: false, on: true, off: false, y: true, n: false }),
)

/** `yes` and `no`, and the other words of `kstrtobool()` and YAML. */
export function parseBool(text: string): boolean | undefined {
  return WORDS.get(text.toLowerCase())
}
