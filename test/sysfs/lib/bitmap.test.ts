import test from 'ava'
import fc from 'fast-check'
import { bitmapParse, bitmapParselist, bitmapPrint, bitmapPrintList } from '../../../src/sysfs/lib/bitmap.ts'
import { outcome } from '../../support/errno.ts'

test('%*pb is as wide as the bitmap', t => {
  t.is(bitmapPrint(0xfn, 4), 'f')
  t.is(bitmapPrint(0xfn, 12), '00f')
  t.is(bitmapPrint(1n, 32), '00000001')
  t.is(bitmapPrint((1n << 33n) | 1n, 34), '2,00000001')
  t.is(bitmapPrint(0xabn, 64), '00000000,000000ab')
  t.is(bitmapPrint(0xffn, 4), 'f')
  t.is(bitmapPrint(0n, 0), '')
})

test('%*pbl prints ranges', t => {
  t.is(bitmapPrintList(0n, 8), '')
  t.is(bitmapPrintList(0b1n, 8), '0')
  t.is(bitmapPrintList(0b11n, 8), '0-1')
  t.is(bitmapPrintList(0b10101111n, 8), '0-3,5,7')
  t.is(bitmapPrintList(0xffn, 4), '0-3')
})

test('bitmap_parse', t => {
  const rows = [
    ['f', 4, 0xfn],
    ['F\n', 4, 0xfn],
    ['1,00000000', 64, 1n << 32n],
    ['1 00000000', 64, 1n << 32n],
    ['1,0', 64, 1n << 32n],
    [',,f,,', 8, 0xfn],
    ['', 8, 0n],
    ['\n', 8, 0n],
    ['f\0g', 8, 0xfn],
    ['f\ng', 8, 0xfn],
    ['10', 4, 'EOVERFLOW'],
    ['100000000', 64, 'EOVERFLOW'],
    ['0,0,1', 64, 'EOVERFLOW'],
    ['g', 8, 'EINVAL'],
    ['0x1', 8, 'EINVAL'],
    ['-1', 8, 'EINVAL'],
    ['x00000001', 32, 1n],
    ['a00000001', 32, 'EOVERFLOW'],
  ] as const
  for (const [text, bits, expected] of rows) {
    t.is(
      outcome(() => bitmapParse(text, bits)),
      expected,
      text,
    )
  }
})

test('bitmap_parselist', t => {
  const rows = [
    ['', 8, 0n],
    ['\n', 8, 0n],
    ['0', 8, 1n],
    ['0-3,5', 8, 0b101111n],
    [' 0-3 , 5\n', 8, 0b101111n],
    ['7-7', 8, 0x80n],
    ['N', 8, 0x80n],
    ['4-N', 8, 0xf0n],
    ['all', 8, 0xffn],
    ['ALL:1/2', 8, 0x55n],
    ['0-7:2/4', 8, 0x33n],
    ['0-6:2/4,7', 8, 0xb3n],
    ['0-3:0/2', 8, 0n],
    ['0\0x', 8, 1n],
    ['8', 8, 'ERANGE'],
    ['0-8', 8, 'ERANGE'],
    ['3-1', 8, 'EINVAL'],
    ['0-3:3/2', 8, 'EINVAL'],
    ['0-3:0/0', 8, 'EINVAL'],
    ['0-3:1', 8, 'EINVAL'],
    ['0-', 8, 'EINVAL'],
    ['-1', 8, 'EINVAL'],
    ['0x1', 8, 'EINVAL'],
    ['a', 8, 'EINVAL'],
    ['0:1/2', 8, 'EINVAL'],
    ['4294967296', 8, 'EOVERFLOW'],
  ] as const
  for (const [text, bits, expected] of rows) {
    t.is(
      outcome(() => bitmapParselist(text, bits)),
      expected,
      text,
    )
  }
})

test('what was printed is read again', t => {
  fc.assert(
    fc.property(fc.nat(300), fc.bigInt({ min: 0n, max: (1n << 300n) - 1n }), (nat, value) => {
      const bits = nat + 1
      const bitmap = BigInt.asUintN(bits, value)
      return (
        bitmapParse(bitmapPrint(bitmap, bits), bits) === bitmap &&
        bitmapParselist(bitmapPrintList(bitmap, bits), bits) === bitmap
      )
    }),
  )
  t.pass()
})
