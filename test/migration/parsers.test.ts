import test from 'ava'
import fc from 'fast-check'
import { parseDeviceModels } from '../../src/migration/device-models.ts'
import { i915Refusal } from '../../src/migration/i915-version.ts'
import {
  formatMigrationInfo,
  listRefusal,
  parseMigrationInfo,
  sourceList,
} from '../../src/migration/migration-info.ts'
import {
  checkParameterName,
  type Parameter,
  parseIntRange,
  parseParameterValue,
} from '../../src/migration/parameter.ts'
import { SyntaxProblem } from '../../src/migration/syntax-problem.ts'
import { match, parseCompatible, parseObjects, parseSingleFile } from '../../src/migration/template.ts'
import { inRanges, parseVersion, parseVersionRanges, versionRefusal } from '../../src/migration/version.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'
import { JULY } from './july.ts'

const fields = (record: Record<string, string>) => new Map(Object.entries(record))
const matches = (self: Record<string, string>, compatible: Record<string, string>) =>
  match(fields(self), parseCompatible(fields(compatible))).matches

test('a template takes half of four quarters, and nothing that does not divide', t => {
  const compatible = { type: 'i915-GVTg_V5_{val1:int:1,2,4,8}', aggregator: '{val1}/2' }
  for (const [type, aggregator, expected] of [
    ['V5_2', '1', true],
    ['V5_4', '2', true],
    ['V5_8', '4', true],
    ['V5_8', '2', false],
    ['V5_1', '0', false],
    ['V5_1', '1', false],
    ['V5_1', '', false],
  ] as const)
    t.is(matches({ type: `i915-GVTg_${type}`, aggregator }, compatible), expected, `${type}/${aggregator}`)
})

test('the example of 29 July: UUID2 may go to UUID1, UUID1 not to UUID2', t => {
  const [one, two] = [parseSingleFile(JULY.uuid1), parseSingleFile(JULY.uuid2)]
  t.true(one.compatible.some(each => match(two.self, parseCompatible(each)).matches))
  t.false(two.compatible.some(each => match(one.self, parseCompatible(each)).matches))
})

test('a mismatch names the field', t => {
  const result = match(fields({ a: '1', b: '2' }), parseCompatible(fields({ a: '{v:int:1,2}', b: '{v}' })))
  t.like(result, { matches: false, field: 'b' })
})

test('every mistake of a template has its place', t => {
  for (const [text, offset] of [
    ['{', 1],
    ['{v', 2],
    ['{v:', 3],
    ['{v:long:1}', 3],
    ['{v:int:}', 7],
    ['{v:int:1', 8],
    ['{v:string:a}', 10],
    ['{v}', 1],
    ['a}b', 1],
    ['{v:int:1}{v:int:2}', 10],
    ['{v:int:1}{v}/0', 13],
  ] as const) {
    const error = t.throws(() => parseCompatible(fields({ f: text })), { instanceOf: SyntaxProblem }, text)
    t.is(error.offset, offset, text)
  }
})

test('templates agree with trying every combination of values', t => {
  const ints = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(ints, ints, fc.integer({ min: 1, max: 4 }), fc.nat(40), fc.nat(40), (v, w, n, a, b) => {
      const compatible = { a: `x{v:int:${v}}`, b: `{v}/${n}-{w:int:${w}}`, c: '{w}' }
      const expected = v.some(x => x === a && x % n === 0 && w.includes(b))
      t.is(matches({ a: `x${a}`, b: `${Math.floor(a / n)}-${b}`, c: String(b) }, compatible), expected)
    }),
  )
})

test('a template with countless readings is answered', t => {
  const many = Array.from({ length: 40 }, (_, i) => `{v${i}:string:"","a","aa"}`).join('')
  const result = match(fields({ f: `${'a'.repeat(60)}b` }), parseCompatible(fields({ f: many })))
  t.like(result, { matches: false, field: 'f' })
})

test('software_version: a newer minor and another major are refused, bugfixes are not looked at', t => {
  const ok = (source: string, target: string) =>
    versionRefusal(parseVersion(source), parseVersion(target)) === undefined
  t.true(ok('1.1.0', '1.2.9'))
  t.false(ok('1.2.0', '1.1.9'))
  t.false(ok('1.9', '2.0'))
  t.true(ok('1.2.9', '1.2.0'))
})

test('ranges of versions stay in their major', t => {
  const ranges = parseVersionRanges('2.0.2-2.0.4,2.1.0-')
  for (const [version, expected] of [
    ['2.0.3', true],
    ['2.7', true],
    ['2.0.5', false],
    ['1.9', false],
    ['3.0', false],
  ] as const)
    t.is(inRanges(parseVersion(version), ranges), expected, version)
})

test('i915 says why it refuses', t => {
  const own = '8086-591d-GVTg_V5_4-00000001'
  t.is(i915Refusal(own, '8086-5912-GVTg_V5_4-00000001'), 'physical device not matched')
  t.is(i915Refusal(own, '8086-591d-GVTg_V5_4-00000002'), 'migration software version not matched')
  t.is(i915Refusal(own, '8086-591d-GVTg_V5_8-00000001'), 'vgpu type not matched')
  t.is(i915Refusal(own, 'rubbish'), 'wrong string format. probably wrong GVT version')
})

test('a list of parameters goes to a device with the new feature off, and back only while it is off (RFC v3)', t => {
  const resources: Parameter = { name: 'num-resources', type: 'int', init: '64', ranges: [[64n, 64n]] }
  const feature: Parameter = { name: 'new-feature', type: 'bool', init: 'on', off: 'off' }
  const old = fields({ 'num-resources': '64' })
  t.is(listRefusal(sourceList([resources], old), [feature, resources]), undefined)
  const list = (value: string) =>
    sourceList([feature, resources], fields({ 'num-resources': '64', 'new-feature': value }))
  t.like(listRefusal(list('on'), [resources]), { field: 'new-feature' })
  t.is(listRefusal(list('off'), [resources]), undefined)
  t.like(listRefusal(fields({ 'num-resources': '32' }), [resources]), { field: 'num-resources' })
  t.like(listRefusal(new Map(), [resources]), { field: 'num-resources' })
})

test('migration_info.json is JSON and reads back', t => {
  const parameters: Parameter[] = [
    { name: 'new-feature', type: 'bool', init: 'on', off: 'off', description: 'a "new" one' },
    {
      name: 'queues',
      type: 'int',
      init: '4',
      ranges: [
        [0n, 255n],
        [512n, 512n],
      ],
    },
    { name: 'mode', type: 'str', init: 'a b', words: ['a b', 'c'] },
  ]
  const text = formatMigrationInfo('vendor-a.com/my-nic', parameters)
  t.notThrows(() => JSON.parse(text))
  t.deepEqual(parseMigrationInfo(text), new Map([['vendor-a.com/my-nic', parameters]]))
})

test('no input crashes a parser, and every complaint has a place', t => {
  const piece = fc.constantFrom(
    ...'{ } { : , / - . = " int string v 1 24 0x ~ on off SELF: COMPATIBLE:'.split(' '),
    '\n',
    ' ',
    '\0',
    'é',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map(pieces => pieces.join('')),
  )
  const parsers: ((text: string) => unknown)[] = [
    parseVersion,
    parseVersionRanges,
    parseObjects,
    parseSingleFile,
    parseDeviceModels,
    parseIntRange,
    checkParameterName,
    each => parseCompatible(fields({ each })),
    each => i915Refusal(each, each),
    each => parseParameterValue({ name: 'p', type: 'int', init: '0' }, each),
  ]
  fc.assert(
    fc.property(text, input => {
      for (const parse of parsers) {
        try {
          parse(input)
        } catch (error) {
          if (error instanceof Errno) continue
          if (!(error instanceof SyntaxProblem)) throw error
          if (error.offset < 0 || error.offset > error.text.length) throw error
        }
      }
    }),
    { numRuns: 500 },
  )
  t.pass()
})
