import test from 'ava'
import fc from 'fast-check'
import { simpleStrtoull, sscanf } from '../../../src/sysfs/lib/vsprintf.ts'

type Row = readonly [text: string, format: string, values: readonly unknown[]]

const ROWS: readonly Row[] = [
  ['1', '%d', [1]],
  ['  1', '%d', [1]],
  ['\t\n1', '%d', [1]],
  ['1x', '%d\n', [1]],
  ['1\n\n', '%d\n', [1]],
  ['-1', '%d', [-1]],
  ['- 1', '%d', []],
  ['+1', '%d', []],
  ['', '%d', []],
  ['\n', '%d', []],
  ['x', '%d', []],
  ['08', '%d', [8]],
  ['08', '%i', [0]],
  ['010', '%i', [8]],
  ['0x1f', '%i', [31]],
  ['-0x10', '%i', [-16]],
  ['0x1f', '%d', [0]],
  ['-1', '%u', []],
  ['4294967295', '%u', [4294967295]],
  ['4294967296', '%u', [0]],
  ['2147483648', '%d', [-2147483648]],
  ['4294967297', '%d', [1]],
  ['ff', '%x', [255]],
  ['0xFF', '%x', [255]],
  ['0x', '%x', [0]],
  ['g', '%x', []],
  ['777', '%o', [511]],
  ['8', '%o', []],
  ['18446744073709551615', '%lu', [(1n << 64n) - 1n]],
  ['18446744073709551617', '%llu', [1n]],
  ['-1', '%ld', [-1n]],
  ['257', '%hhu', [1]],
  ['32768', '%hd', [-32768]],
  ['123', '%2d', [12]],
  ['0x12', '%1x', [0]],
  ['0x12', '%3x', [1]],
  ['-1', '%1d', []],
  ['0000:00:02.0', '%x:%x:%x.%d', [0, 0, 2, 0]],
  ['8086 5912', '%x %x %x', [0x8086, 0x5912]],
  ['8086:5912', '%x %x', [0x8086]],
  ['0.0.1a2b', '%x.%x.%x', [0, 0, 0x1a2b]],
  ['card04', 'card%02x', [4]],
  ['kard04', 'card%02x', []],
  ['one two', '%s %s', ['one', 'two']],
  ['onetwo', '%3s%s', ['one', 'two']],
  ['1 x', '%d %c', [1, 'x']],
  ['1 ', '%d %c', [1]],
  ['abc', '%2c%c', ['ab', 'c']],
  ['50%', '%d%%', [50]],
  ['50% 3', '%d%% %d', [50, 3]],
  ['skip 5', '%*d %d', [5]],
  ['5\x006', '%d%d', [5]],
  ['\xa05', '%d', [5]],
]

for (const [text, format, values] of ROWS) {
  test(`sscanf(${JSON.stringify(text)}, ${JSON.stringify(format)})`, t => {
    t.deepEqual(sscanf(text, format) as unknown[], [...values])
  })
}

test('the format gives the types', t => {
  const [bus, address, rest] = sscanf('2 0xfe000000 tail', '%d %lx %s')
  const number: number | undefined = bus
  const long: bigint | undefined = address
  const word: string | undefined = rest
  t.deepEqual([number, long, word], [2, 0xfe000000n, 'tail'])
})

test('an unknown conversion is an error of the program', t => {
  t.throws(() => sscanf('1', '%[0-9]'), { instanceOf: TypeError })
})

test('numbers that were printed are read again', t => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.nat(0xffffffff), (long, int) => {
      const [a, b, c] = sscanf(` ${long} ${int.toString(16)} ${int}junk`, '%ld %x %u')
      return a === long && b === int && c === int
    }),
  )
  t.pass()
})

test('simple_strtoull tells where the number ends', t => {
  t.deepEqual(simpleStrtoull('+0x1f-3', 0, 1), { value: 31n, end: 5 })
  t.deepEqual(simpleStrtoull('x', 0), { value: 0n, end: 0 })
  t.deepEqual(simpleStrtoull('18446744073709551616', 10), { value: 0n, end: 20 })
})
