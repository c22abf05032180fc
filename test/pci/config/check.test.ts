import test from 'ava'
import { ConfigError, check, compile, formatProblem } from '../../../src/pci/config/index.ts'

const GOOD = `vpci 1
name instance-a                    # what libvirt would ask for
id 1af4:1041 subsys 1af4:1100 class 020000 rev 01
header type 0 intx none
bar 0 mem64 prefetch size 16K
cap 40 pm ver=3 nosoftreset=1
cap 70 msix vectors=32 table=0:2000 pba=0:3000
cap 80 exp ver=2 port=endpoint mps=512 flr=1 speed=8 width=4
ecap 100 aer ver=2
ecap 188 pasid width=20 exec=1 priv=1
raw c0 09 00 10 01 54 53 54
mask c4 ff
`

test('the example is sound', t => {
  t.deepEqual(check(GOOD), [])
  const { bytes, writable, name } = compile(GOOD)
  t.is(name, 'instance-a')
  t.is(bytes.length, 4096)
  const at = (offset: number, length: number) =>
    Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')
  t.is(at(0, 16), 'f41a4110000010000100000200000000')
  t.is(at(0x10, 8), '0c00000000000000')
  t.is(Buffer.from(writable.subarray(0x10, 0x18)).toString('hex'), '00c0ffffffffffff')
  t.is(at(0x34, 1), '40')
  t.is(at(0x40, 8), '0170030008000000')
  t.is(at(0x70, 12), '11801f000020000000300000')
  t.is(at(0x80, 8), '1000020002000010')
  t.is(at(0x8c, 2), '4300')
  t.is(at(0x100, 4), '01008218')
  t.is(at(0x188, 6), '1b0001000614')
  t.is(at(0xc0, 7), '09001001545354')
  t.is(writable[0xc4], 0xff)
})

/** A text with one mistake: the good one with lines replaced or added, and what is said of it. */
const MISTAKES: readonly (readonly [
  title: string,
  replaces: string | undefined,
  by: string,
  says: RegExp,
])[] = [
  ['overlap', undefined, 'cap 44 msi', /^line 13:1, offset 44: msi at 44 with 10 bytes overlaps pm at 40/],
  ['misaligned', 'cap 40 pm ver=3 nosoftreset=1', 'cap 42 pm', /^line 6:5, offset 42: .*multiple of 4/],
  ['below the first', 'cap 40 pm ver=3 nosoftreset=1', 'cap 3c pm', /^line 6:5, offset 3c: /],
  ['too long', undefined, 'cap fc pm', /^line 13:1, offset fc: pm has 8 bytes and reaches beyond ff/],
  [
    'PASID at the end',
    'ecap 188 pasid width=20 exec=1 priv=1',
    'ecap ffc pasid',
    /^line 10:1, offset ffc: pasid has 8/,
  ],
  [
    'PASID too wide',
    'ecap 188 pasid width=20 exec=1 priv=1',
    'ecap 188 pasid width=21',
    /^line 10:16, offset 18d: .*1 to 20/,
  ],
  [
    'no PCI Express',
    'cap 80 exp ver=2 port=endpoint mps=512 flr=1 speed=8 width=4',
    '',
    /^line 9:1, offset 100: .*exp have such, add it/,
  ],
  ['nothing at 100', 'ecap 100 aer ver=2', '', /^line 10:1, offset 188: .*first extended capability/],
  ['chain comes back', undefined, 'chain cap 40 70 40', /^line 13:17, offset 40: the chain comes back/],
  ['chain of nothing', undefined, 'chain cap 40 44', /^line 13:14, offset 44: no cap starts at 44/],
  [
    'pointer patched in a circle',
    undefined,
    'raw 81 40',
    /^line 13:1, offset 81: the chain comes back to 40/,
  ],
  ['pointer patched to nowhere', undefined, 'raw 81 42', /^line 13:1, offset 81: .*no multiple of 4/],
  [
    'BAR size',
    'bar 0 mem64 prefetch size 16K',
    'bar 0 mem64 size 12K',
    /^line 5:18: "12K".*power of two from 16/,
  ],
  ['BAR too small', 'bar 0 mem64 prefetch size 16K', 'bar 0 mem64 size 8', /^line 5:18: "8"/],
  [
    'BAR taken',
    undefined,
    'bar 1 mem32 size 4K',
    /^line 13:1: BAR 1 is the upper half of a 64-bit BAR in line 5/,
  ],
  ['BAR of 64 bits at the end', undefined, 'bar 5 mem64 size 4K', /^line 13:1: BAR 6 is not there/],
  [
    'BAR misplaced',
    undefined,
    'bar 2 mem32 size 8K at 1000',
    /^line 13:1, offset 18: .*no multiple of its size/,
  ],
  [
    'MSI-X outside',
    'bar 0 mem64 prefetch size 16K',
    'bar 0 mem64 size 8K',
    /^line 7:24, offset 74: table of msix ends at 2200/,
  ],
  [
    'MSI-X without BAR',
    'bar 0 mem64 prefetch size 16K',
    '',
    /^line 7:24, offset 74: .*BAR 0, which is not there/,
  ],
  ['twice', undefined, 'cap d0 pm', /^line 13:1, offset d0: pm is at 40 already/],
  [
    'version',
    'ecap 100 aer ver=2',
    'ecap 100 aer ver=3',
    /^line 9:14, offset 102: aer has no version 3, take 1 or 2/,
  ],
  ['field', undefined, 'cap d0 vpd foo=1', /^line 13:12, offset d0: "foo" is no field of vpd/],
  ['too large', 'cap 40 pm ver=3 nosoftreset=1', 'cap 40 pm ver=8', /^line 6:15, offset 40: ver has 3 bits/],
  ['statement', undefined, 'capability 40 pm', /^line 13:1: "capability" is no statement/],
  ['raw twice', undefined, 'raw c2 00', /^line 13:1, offset c2: raw overlaps the one in line 11/],
  ['vendor length', undefined, 'cap d0 vndr len=2', /^line 13:13, offset d2: vndr says that it has 2 bytes/],
  [
    'data too long',
    undefined,
    'cap d0 vndr len=4 data=0011',
    /^line 13:19, offset d0: data has 2 bytes where len leaves/,
  ],
  ['form', undefined, 'cap d0 msi addrhi=1', /^line 13:12, offset d0: msi of this form has no addrhi/],
  [
    'virtual function',
    'id 1af4:1041 subsys 1af4:1100 class 020000 rev 01',
    'id ffff:ffff',
    /^line 5:1, offset 10: a virtual/,
  ],
  ['first statement', 'vpci 1', '', /^line 2:1: the first statement is vpci 1/],
  ['format version', 'vpci 1', 'vpci 2', /^line 1:6: "2" is wrong here/],
  ['too small', undefined, 'size 256', /offset 100: aer has 44 bytes and reaches beyond ff/],
]

for (const [title, replaces, by, says] of MISTAKES) {
  test(`mistake: ${title}`, t => {
    const text = replaces === undefined ? `${GOOD}${by}\n` : GOOD.replace(replaces, by)
    t.not(text, GOOD)
    const said = check(text).map(formatProblem)
    t.true(
      said.some(line => says.test(line)),
      said.join('\n'),
    )
  })
}

test('nothing is half applied', t => {
  const error = t.throws(() => compile(`${GOOD}cap 44 msi\nbar 9 io\n`), { instanceOf: ConfigError })
  t.is(error.problems.length, 2)
})

test('an empty text is told so', t => {
  t.deepEqual(check('').map(formatProblem), [
    'line 1:1: nothing is here, start with vpci 1',
    'line 1:1, offset 00: vendor 0000 means that there is no device, give its id',
  ])
})
