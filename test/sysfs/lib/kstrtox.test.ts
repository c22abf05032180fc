import test from 'ava'
import fc from 'fast-check'
import type { ErrnoName } from '../../../src/sysfs/lib/errno.ts'
import {
  type Base,
  kstrtobool,
  kstrtoint,
  kstrtol,
  kstrtou16,
  kstrtoul,
} from '../../../src/sysfs/lib/kstrtox.ts'
import { outcome } from '../../support/errno.ts'

type Row = readonly [text: string, base: Base, expected: bigint | ErrnoName]

const UNSIGNED: readonly Row[] = [
  ['0', 0, 0n],
  ['1', 0, 1n],
  ['1\n', 0, 1n],
  ['+1', 0, 1n],
  ['+0x10\n', 0, 16n],
  ['0x10', 0, 16n],
  ['0X1f', 0, 31n],
  ['010', 0, 8n],
  ['010', 10, 10n],
  ['10', 16, 16n],
  ['0x10', 16, 16n],
  ['ff', 16, 255n],
  ['FF\n', 16, 255n],
  ['17', 8, 15n],
  ['1\0junk', 0, 1n],
  ['1\n\0', 0, 1n],
  ['18446744073709551615', 0, (1n << 64n) - 1n],
  ['0xffffffffffffffff', 0, (1n << 64n) - 1n],
  ['18446744073709551616', 0, 'ERANGE'],
  ['18446744073709551616x', 0, 'ERANGE'],
  ['0x10000000000000000', 0, 'ERANGE'],
  ['', 0, 'EINVAL'],
  ['\n', 0, 'EINVAL'],
  ['\0', 0, 'EINVAL'],
  ['1\n\n', 0, 'EINVAL'],
  [' 1', 0, 'EINVAL'],
  ['1 ', 0, 'EINVAL'],
  ['1x', 0, 'EINVAL'],
  ['x', 0, 'EINVAL'],
  ['-1', 0, 'EINVAL'],
  ['-0', 0, 'EINVAL'],
  ['++1', 0, 'EINVAL'],
  ['+', 0, 'EINVAL'],
  ['+-1', 0, 'EINVAL'],
  ['08', 0, 'EINVAL'],
  ['0b1', 0, 'EINVAL'],
  ['0x', 0, 'EINVAL'],
  ['0x', 16, 'EINVAL'],
  ['0xg', 0, 'EINVAL'],
  ['0x+1', 0, 'EINVAL'],
  ['0x10', 10, 'EINVAL'],
  ['1_0', 0, 'EINVAL'],
  ['\xb2', 0, 'EINVAL'],
  ['1\n2', 0, 'EINVAL'],
]

const SIGNED: readonly Row[] = [
  ['-1', 0, -1n],
  ['-0', 0, 0n],
  ['-0x10\n', 0, -16n],
  ['+5', 0, 5n],
  ['9223372036854775807', 0, (1n << 63n) - 1n],
  ['-9223372036854775808', 0, -(1n << 63n)],
  ['9223372036854775808', 0, 'ERANGE'],
  ['-9223372036854775809', 0, 'ERANGE'],
  ['-18446744073709551616', 0, 'ERANGE'],
  ['-', 0, 'EINVAL'],
  ['--1', 0, 'EINVAL'],
  ['-+1', 0, 'EINVAL'],
  ['- 1', 0, 'EINVAL'],
]

for (const [name, parse, rows] of [
  ['kstrtoul', kstrtoul, UNSIGNED],
  ['kstrtol', kstrtol, SIGNED],
] as const) {
  for (const [text, base, expected] of rows) {
    test(`${name}(${JSON.stringify(text)}, ${base}) is ${expected}`, t => {
      t.is(
        outcome(() => parse(text, base)),
        expected,
      )
    })
  }
}

test('a narrow type refuses with ERANGE what a wide one takes', t => {
  const rows = [
    [kstrtou16, '0xffff', '0x10000', '0'],
    [kstrtoint, '2147483647', '2147483648', '-2147483648'],
    [kstrtoint, '-2147483648', '-2147483649', '0'],
  ] as const
  for (const [parse, most, beyond, least] of rows) {
    t.is(parse(most, 0), Number(most))
    t.is(parse(least, 0), Number(least))
    t.is(
      outcome(() => parse(beyond, 0)),
      'ERANGE',
    )
    t.is(
      outcome(() => parse(`${beyond}x`, 0)),
      'EINVAL',
    )
  }
  t.is(
    outcome(() => kstrtou16('-1', 0)),
    'EINVAL',
  )
})

test('kstrtobool looks at the first byte or two', t => {
  for (const yes of ['1', 'y', 'Y', 't', 'true', 'on', 'ON\n', 'oN', '1234', 'yellow'])
    t.true(kstrtobool(yes), yes)
  for (const no of ['0', 'n', 'N', 'f', 'False\n', 'off', 'OF', '0x1', 'no']) t.false(kstrtobool(no), no)
  for (const bad of ['', '\n', '2', 'o', 'ox', ' 1', '+1', '\0', 'enabled']) {
    t.is(
      outcome(() => kstrtobool(bad)),
      'EINVAL',
      bad,
    )
  }
})

const PREFIX = { 0: ['', '0x', '0'], 8: [''], 10: [''], 16: ['', '0x', '0X'] } as const

/** Every text of a number, with its value. */
const written = fc
  .record({
    value: fc.bigInt({ min: 0n, max: (1n << 66n) - 1n }),
    base: fc.constantFrom<Base>(0, 8, 10, 16),
    plus: fc.boolean(),
    newline: fc.boolean(),
    choice: fc.nat(2),
    zeros: fc.nat(3),
    upper: fc.boolean(),
  })
  .map(({ value, base, plus, newline, choice, zeros, upper }) => {
    const prefixes = PREFIX[base]
    const prefix = prefixes[choice % prefixes.length]!
    const radix = base || { '': 10, '0x': 16, '0': 8 }[prefix as '' | '0x' | '0']
    // leading zeros would make a decimal number of base 0 octal
    const padding = base === 0 && radix === 10 ? '' : '0'.repeat(zeros)
    let digits = value.toString(radix)
    if (upper) digits = digits.toUpperCase()
    return { value, base, text: `${plus ? '+' : ''}${prefix}${padding}${digits}${newline ? '\n' : ''}` }
  })

test('kstrtoul reads every way of writing a number', t => {
  fc.assert(
    fc.property(written, ({ value, base, text }) => {
      const result = outcome(() => kstrtoul(text, base))
      return result === (value < 1n << 64n ? value : 'ERANGE')
    }),
  )
  t.pass()
})

test('kstrtol reads every way of writing a negative number', t => {
  fc.assert(
    fc.property(written, ({ value, base, text }) => {
      if (text.startsWith('+')) return true
      const result = outcome(() => kstrtol(`-${text}`, base))
      return result === (value <= 1n << 63n ? -value : 'ERANGE')
    }),
  )
  t.pass()
})

test('hostile bytes give a number or EINVAL or ERANGE, and what is after a NUL does not count', t => {
  const bytes = fc.string({
    unit: fc.constantFrom('0', '1', '9', 'a', 'x', 'X', '+', '-', '\n', ' ', '\0', '\xff'),
  })
  fc.assert(
    fc.property(bytes, fc.constantFrom<Base>(0, 8, 10, 16), (text, base) => {
      for (const parse of [kstrtoul, kstrtol]) {
        const result = outcome(() => parse(text, base))
        if (typeof result !== 'bigint' && result !== 'EINVAL' && result !== 'ERANGE') return false
        if (outcome(() => parse(`${text}\0${text}`, base)) !== result) return false
      }
      return true
    }),
  )
  t.pass()
})
