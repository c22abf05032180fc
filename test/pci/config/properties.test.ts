import test from 'ava'
import fc from 'fast-check'
import {
  ConfigError,
  check,
  compile,
  derive,
  diff,
  readDumps,
  writeDump,
} from '../../../src/pci/config/index.ts'
import { SPACES, type Space } from '../../../src/pci/config/layout.ts'

const sizes = fc.constantFrom(256, 4096)
const anyBytes = sizes.chain(length => fc.uint8Array({ minLength: length, maxLength: length }))

/** A header that leads to capabilities, which lead to each other or anywhere. */
const chained = fc
  .record({
    bytes: anyBytes,
    sparse: fc.boolean(),
    type: fc.constantFrom(0, 1, 0x80, 2),
    capabilities: fc.array(fc.record({ at: fc.nat(63), id: fc.nat(0x16), next: fc.nat(63) }), {
      maxLength: 12,
    }),
    extended: fc.array(fc.record({ at: fc.nat(0x3bf), id: fc.nat(0x30), next: fc.nat(0x3bf) }), {
      maxLength: 24,
    }),
    ordered: fc.boolean(),
  })
  .map(({ bytes: noise, sparse, type, capabilities, extended, ordered }) => {
    const bytes = sparse ? new Uint8Array(noise.length) : Uint8Array.from(noise)
    bytes[0x0e] = type
    bytes[6]! |= 0x10
    const places = (list: readonly { at: number; next: number }[], unit: number, start: number) =>
      list.map(({ at, next }, i) => [
        start + at * unit,
        ordered ? start + (list[i + 1]?.at ?? 0) * unit : start + next * unit,
      ])
    bytes[0x34] = (capabilities[0]?.at ?? 0) * 4
    for (const [i, [at, next]] of places(capabilities, 4, 0).entries()) {
      bytes.set([capabilities[i]!.id, next! & 0xff], at)
    }
    if (bytes.length > 256) {
      for (const [i, [at, next]] of places(extended, 4, 0x100).entries()) {
        new DataView(bytes.buffer).setUint32(
          i === 0 ? 0x100 : at!,
          extended[i]!.id + 0x10000 + next! * 0x100000,
          true,
        )
      }
    }
    return bytes
  })

function sameAfterwards(bytes: Uint8Array): void {
  const text = derive(bytes)
  const { bytes: again } = compile(text)
  if (!Buffer.from(again).equals(bytes)) throw new Error(`other bytes come back from\n${text}`)
  for (const { line, column } of check(text)) {
    if (line < 1 || column < 1 || line > text.split('\n').length) throw new Error(`no such place: ${line}`)
  }
}

test('any bytes come back', t => {
  fc.assert(fc.property(anyBytes, sameAfterwards), { numRuns: 40 })
  t.pass()
})

test('any chain of capabilities comes back', t => {
  fc.assert(fc.property(chained, sameAfterwards), { numRuns: 600 })
  t.pass()
})

test('bytes and mask come back together', t => {
  fc.assert(
    fc.property(chained, anyBytes, (bytes, mask) => {
      fc.pre(bytes.length === mask.length)
      const { writable } = compile(derive(bytes, { writable: mask }))
      return Buffer.from(writable).equals(mask)
    }),
    { numRuns: 100 },
  )
  t.pass()
})

test('what is derived from what was compiled is the same text', t => {
  fc.assert(
    fc.property(chained, bytes => {
      const text = derive(bytes)
      return derive(compile(text).bytes) === text
    }),
    { numRuns: 200 },
  )
  t.pass()
})

const names = (space: Space) => fc.constantFrom(...SPACES[space].table.map(({ name }) => name), '0x7e')
const hex = fc.nat(0xfff).map(value => value.toString(16))
const value = fc.oneof(
  fc.nat(70000).map(String),
  hex.map(digits => `0x${digits}`),
  fc.constantFrom('none', '0:2000', ''),
)
const settings = (space: Space) =>
  fc.array(
    fc.tuple(
      fc.constantFrom('data', ...SPACES[space].table.flatMap(({ fields }) => fields.map(({ name }) => name))),
      value,
    ),
    { maxLength: 3 },
  )
const capability = (space: Space) =>
  fc
    .tuple(hex, names(space), settings(space))
    .map(([at, name, list]) => [space, at, name, ...list.map(([key, said]) => `${key}=${said}`)].join(' '))
const line = fc.oneof(
  capability('cap'),
  capability('ecap'),
  fc.constantFrom(
    'vpci 1',
    'header type 1',
    'header type 0 intx b',
    'size 256',
    'size 4096',
    'name a',
    '# nothing',
  ),
  fc
    .tuple(
      fc.nat(7),
      fc.constantFrom('mem32', 'mem64 prefetch', 'io', 'mem'),
      fc.constantFrom('4', '16K', '3', '8E'),
    )
    .map(([index, kind, size]) => `bar ${index} ${kind} size ${size}`),
  fc.tuple(fc.constantFrom('raw', 'mask'), hex, hex).map(parts => parts.join(' ')),
  fc
    .tuple(fc.constantFrom('chain cap', 'chain ecap'), fc.array(hex))
    .map(([word, list]) => `${word} ${list.join(' ')}`),
  fc.string({ maxLength: 40 }),
)
const texts = fc.array(line, { maxLength: 30 }).map(lines => ['vpci 1', ...lines].join('\n'))

function neverCrashes(text: string): void {
  const lines = text.split('\n')
  const problems = check(text)
  for (const { line: number, column, message } of problems) {
    if (number < 1 || number > lines.length || column < 1 || column > lines[number - 1]!.length + 1) {
      throw new Error(`no such place: ${number}:${column} ${message}`)
    }
  }
  try {
    const { bytes } = compile(text)
    sameAfterwards(bytes)
  } catch (error) {
    if (!(error instanceof ConfigError) || problems.length === 0) throw error
  }
}

test('texts of statements are understood or refused in their places', t => {
  fc.assert(fc.property(texts, neverCrashes), { numRuns: 600 })
  t.pass()
})

test('any text at all is refused in its places', t => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), neverCrashes), { numRuns: 500 })
  t.pass()
})

test('a layout equals itself, and what differs is named', t => {
  fc.assert(
    fc.property(chained, chained, (bytes, others) => {
      const image = compile(derive(bytes))
      const other = compile(derive(others))
      const { equal, secondForFirst } = diff(image, other)
      const layoutEqual = image.bytes.length === other.bytes.length && secondForFirst.length === 0
      return diff(image, image).equal && (!equal || layoutEqual)
    }),
    { numRuns: 200 },
  )
  t.pass()
})

test('dumps come back', t => {
  fc.assert(
    fc.property(anyBytes, bytes => {
      const [dump] = readDumps(Buffer.from(writeDump(bytes, '00:05.0', 'a device')))
      return Buffer.from(dump!.bytes).equals(bytes)
    }),
    { numRuns: 50 },
  )
  t.pass()
})

test('any file is read or refused', t => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string().map(text => Buffer.from(text)),
      ),
      data => {
        try {
          readDumps(data)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
        }
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})
