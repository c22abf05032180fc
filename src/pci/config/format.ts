/** How the value of a field is written: every value of the field has a text, and that text gives it back. */
export interface Format {
  /** @returns undefined for what is no value */
  parse(word: string): number | undefined
  print(value: number): string
  /** What to write, for messages. */
  readonly expects: string
}

/** Decimal, or hexadecimal with 0x. */
export function parseNumber(word: string): number | undefined {
  return /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(word) ? Number(word) : undefined
}

/** Hexadecimal digits, with or without 0x: offsets, identities, addresses. */
export function parseHex(word: string, digits = 8): number | undefined {
  const match = /^(?:0x)?([0-9a-f]+)$/i.exec(word)
  return match && match[1]!.length <= digits ? Number.parseInt(match[1]!, 16) : undefined
}

const NUMBER = 'a number, decimal or with 0x'

export const decimal: Format = { parse: parseNumber, print: String, expects: NUMBER }

export const hexadecimal: Format = {
  parse: parseNumber,
  print: value => `0x${value.toString(16)}`,
  expects: NUMBER,
}

/** Hexadecimal digits alone, as identities are written. */
export function digits(count: number): Format {
  return {
    parse: word => parseHex(word, count),
    print: value => value.toString(16).padStart(count, '0'),
    expects: `${count} hexadecimal digits`,
  }
}

/** Words for some of the values; the others are numbers with 0x. */
export function words(names: Readonly<Record<string, number>>): Format {
  const byValue = new Map(Object.entries(names).map(([name, value]) => [value, name]))
  return {
    parse: word =>
      Object.hasOwn(names, word) ? names[word] : /^0x/i.test(word) ? parseNumber(word) : undefined,
    print: value => byValue.get(value) ?? hexadecimal.print(value),
    expects: `one of ${[...byValue.values()].join(', ')}, or its number with 0x`,
  }
}

/** A power of two from a unit on, kept as its exponent. */
export function power(unit: number): Format {
  return {
    parse(word) {
      const exponent = Math.log2((parseNumber(word) ?? Number.NaN) / unit)
      return Number.isInteger(exponent) && exponent >= 0 ? exponent : undefined
    },
    print: value => String(unit * 2 ** value),
    expects: unit === 1 ? 'a power of two' : `${unit} or a power of two above it`,
  }
}

/** A count from 1 on, kept as one less. */
export const oneLess: Format = {
  parse(word) {
    const count = parseNumber(word)
    return count === undefined || count === 0 ? undefined : count - 1
  },
  print: value => String(value + 1),
  expects: 'a number from 1 on',
}

/** A count from 1 to the largest, which is kept as 0. */
export function wrapping(largest: number): Format {
  return {
    parse(word) {
      const count = parseNumber(word)
      return count === undefined || count === 0 || count > largest ? undefined : count % largest
    },
    print: value => String(value === 0 ? largest : value),
    expects: `a number from 1 to ${largest}`,
  }
}

/** A place in a BAR, `0:2000`: the number of the BAR (BIR) and a hexadecimal offset, a multiple of 8. */
export const place: Format = {
  parse(word) {
    const [, bar, offset] = /^([0-7]):([^:]+)$/.exec(word) ?? []
    const start = offset === undefined ? undefined : parseHex(offset)
    return start === undefined || start % 8 !== 0 ? undefined : start + Number(bar)
  },
  print: value => `${value % 8}:${(value - (value % 8)).toString(16)}`,
  expects: 'a BAR and a hexadecimal offset that is a multiple of 8, such as 0:2000',
}
