import test from 'ava'
import fc from 'fast-check'
import {
  parseBool,
  parseHex,
  parseNumber,
  parseRanges,
  Refusal,
  within,
} from '../../../src/profile/schema/values.ts'

test('numbers', t => {
  t.is(parseNumber('28'), 28)
  t.is(parseNumber('0x1C'), 28)
  t.is(parseNumber('007'), 7)
  for (const text of ['', ' 1', '1 ', '-1', '+1', '1e3', '0b1', '1_000', '0x', 'x', '1.5', '1..5', 'MB'])
    t.is(parseNumber(text), undefined, text)
  t.throws(() => parseNumber('99999999999999999999'), { instanceOf: Refusal })
  t.throws(() => parseNumber('9999999999T'), { instanceOf: Refusal })
})

test('sizes count by 1024', t => {
  for (const text of ['256MB', '256M', '256MiB', '256 mb', '0x100MB', '0.25GB', '262144k']) {
    t.is(parseNumber(text), 256 * 1024 * 1024, text)
  }
  t.is(parseNumber('1B'), 1)
  t.is(parseNumber('0.3k'), undefined)
  fc.assert(
    fc.property(fc.nat(8191), fc.constantFrom('k', 'M', 'G', 'T'), (value, unit) => {
      t.is(parseNumber(`${value}${unit}iB`), value * 1024 ** ('kMGT'.indexOf(unit) + 1))
    }),
  )
})

test('hexadecimal numbers', t => {
  t.is(parseHex('0x030000'), 0x30000)
  t.is(parseHex('030000'), 0x30000)
  t.is(parseHex('1e10'), 0x1e10)
  t.is(parseHex('0x'), undefined)
  t.is(within(0, 255, parseHex)('ff'), 255)
  t.throws(() => within(0, 255, parseHex, 16)('100'), { message: '100 is not from 0x0 to 0xff' })
})

test('ranges', t => {
  t.deepEqual(parseRanges('0-3,7'), [
    [0, 3],
    [7, 7],
  ])
  t.deepEqual(parseRanges('0x10 - 0x1f, 3'), [
    [16, 31],
    [3, 3],
  ])
  for (const text of ['', ',', '1,', '-3', '1-', '1--3', 'a', '0-3:1/2'])
    t.is(parseRanges(text), undefined, text)
  t.throws(() => parseRanges('3-1'), { message: '3-1 runs backwards' })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1 }), pairs => {
      const ranges = pairs.map(([low, more]) => [low, low + more] as const)
      t.deepEqual(parseRanges(ranges.map(([low, high]) => `${low}-${high}`).join(',')), ranges as never)
    }),
  )
})

test('yes and no', t => {
  for (const text of ['yes', 'Yes', 'true', 'on', 'y']) t.true(parseBool(text))
  for (const text of ['no', 'false', 'off', 'N']) t.false(parseBool(text))
  for (const text of ['', '0', 'maybe', 'constructor']) t.is(parseBool(text), undefined)
})
