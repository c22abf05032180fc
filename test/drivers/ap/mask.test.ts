import test from 'ava'
import fc from 'fast-check'
import {
  bits,
  EMPTY,
  FULL,
  has,
  maskOf,
  parseAbsolute,
  parseMask,
  printMask,
} from '../../../src/drivers/ap/mask.ts'
import { Errno } from '../../../src/sysfs/lib/errno.ts'

/** Written to a mask, in this order; what the mask reads then, without trailing zeros, or the errno. */
const WRITES: readonly (readonly [written: string, answer: string])[] = [
  ['x', '0x'],
  ['\n', '0x'],
  ['+', 'EINVAL'],
  ['+300', 'EINVAL'],
  ['+256', 'EINVAL'],
  ['-1', '0x'],
  ['+1', '0x4'],
  ['+1,', '0x4'],
  ['+1,-1', '0x'],
  ['-0x10,+020', '0x00008'],
  ['+5-3', 'EINVAL'],
  ['+1 +2', 'EINVAL'],
  ['+1,,+2\n', '0x60008'],
  ['0x', '0x'],
  ['0xffff', '0xffff'],
  ['ffff', '0xffff'],
  ['xffff', '0xffff'],
  ['0Xffff', 'EINVAL'],
  ['Xffff', 'EINVAL'],
  ['0xfffff', '0xfffff'],
  [`0x${'f'.repeat(64)}`, `0x${'f'.repeat(64)}`],
  [`0x${'f'.repeat(64)}\n`, `0x${'f'.repeat(64)}`],
  [`0x${'f'.repeat(65)}`, 'EINVAL'],
  ['0xffg', 'EINVAL'],
  ['0xffff\n\n', 'EINVAL'],
  ['+0-255', `0x${'f'.repeat(64)}`],
  ['-0-255,+0-255\n', `0x${'f'.repeat(64)}`],
  ['+0x+1', 'EINVAL'],
  ['-0-254', `0x${'0'.repeat(63)}1`],
  // nothing has to stand between two items
  ['+0+1', `0xc${'0'.repeat(62)}1`],
  // the text ends at a NUL
  ['0x8\0junk', '0x8'],
  ['+1-', 'EINVAL'],
  ['+-1', 'EINVAL'],
  ['+1-300', 'EINVAL'],
  ['+0X11', '0x80004'],
  // simple_strtoul() does not see an overflow
  ['+18446744073709551617', '0xc0004'],
]

test('apmask and aqmask take what the reference sheet (5.2) and the transcript say', t => {
  let mask = FULL
  for (const [written, answer] of WRITES) {
    try {
      mask = parseMask(written, mask)
      t.is(printMask(mask), `0x${answer.slice(2).padEnd(64, '0')}`, JSON.stringify(written))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      t.is(error.code as string, answer, JSON.stringify(written))
    }
  }
})

const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 255 }))

test('a mask is the set of its bits, and reads back as it was printed', t => {
  fc.assert(
    fc.property(numbers, set => {
      const mask = maskOf(set)
      const sorted = set.toSorted((a, b) => a - b)
      t.deepEqual(bits(mask), sorted)
      t.is(parseAbsolute(printMask(mask)), mask)
      t.true(sorted.every(n => has(mask, n)))
    }),
  )
})

test('relative changes are those of a set', t => {
  const item = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 40 }))
  fc.assert(
    fc.property(numbers, fc.array(item, { minLength: 1, maxLength: 8 }), (start, items) => {
      const set = new Set(start)
      const words = items.map(([plus, low, length]) => {
        const high = Math.min(255, low + length)
        for (let n = low; n <= high; n++) plus ? set.add(n) : set.delete(n)
        return `${plus ? '+' : '-'}${low}${high > low ? `-0x${high.toString(16)}` : ''}`
      })
      t.is(parseMask(`${words.join(',')}\n`, maskOf(start)), maskOf(set))
    }),
  )
})

test('whatever bytes are written, the answer is a mask or EINVAL', t => {
  const byte = fc.oneof(
    fc.constantFrom(...'+-,x0123456789abcfF\n\0 '),
    fc.integer({ min: 0, max: 255 }).map(n => String.fromCharCode(n)),
  )
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 80 }), bytes => {
      try {
        const mask = parseMask(bytes.join(''), EMPTY)
        t.true(mask >= EMPTY && mask <= FULL)
      } catch (error) {
        t.is((error as Errno).code, 'EINVAL')
      }
    }),
  )
})
