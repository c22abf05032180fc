import test from 'ava'
import { listProfiles, loadProfile, warningsOf } from '../../src/profile/index.ts'
import { complaints, profileOf, withHead } from './support.ts'

const mistakes = test.macro((t, text: string, expected: readonly string[]) => {
  t.deepEqual(complaints(text), [...expected])
})

const device = (rest: string) =>
  withHead(`devices:
  - pci: "0000:00:02.0"
    driver: i915
    id: 8086:5912
    class: 0x030000
    resources: {low_gm: 512MB}
${rest}`)

/** A type with this in its `migration`, which begins on line 15. */
const type = (migration: string) =>
  device(`    types:
      - id: a
        needs: {low_gm: 256MB}
        attributes: {v/aggregator: {kind: int, default: 1, writable: always}}
        migration:
${migration.replace(/^/gm, '          ').trimEnd()}
`)

test(
  'what stands in braces means something',
  mistakes,
  type(`migration_version:
  device: "{pci_vendor}-{aggregatr}"
  accepts: ["{v:int:1", "{a:int:1,2}{b}", "{pci_id}-{v/aggregator}-{a:int:1}{a}"]
self: {type: "{typ}", x: "{aggregator*2}"}
compatible:
  - {type: "a{v:int:1,2}", x: "{v}/2", y: "{w}"}
`),
  [
    '16:21 "{aggregatr}" can not be filled in; did you mean "aggregator"?',
    '17:23 a comma or a closing brace is wanted at character 9 of "{v:int:1"',
    '17:35 b is not declared before at character 13 of "{a:int:1,2}{b}"',
    '18:24 "{typ}" can not be filled in; did you mean "type"?',
    '20:53 w is not declared before at character 2 of "{w}"',
  ],
)

test(
  'interfaces that collide, both named',
  mistakes,
  type(`forms: [directories, binary]
self: {type: x}
rfc: [v2, v3]
model: m
params:
  self: {type: int, init: 1}
`),
  [
    '15:18 directories and binary collide, for both are migration/self; leave one of them out',
    '17:16 v2 and v3 collide: in v2 a device is opened after migration/applied, in v3 at once; choose one',
    '20:19 in RFC v3 it collides with migration/self of self and compatible; choose another name',
  ],
)

test(
  'what a parameter requires',
  mistakes,
  type(`rfc: v2
model: m
params:
  queues: {type: int, init: 1, allowed: 1-4}
  f: {type: bool, init: off, off: off, requires: {queues: 2-4, queue: 1}}
  g: {type: bool, init: off, off: off, requires: {queues: x}}
`),
  [
    '19:81 there is no parameter "queue"; did you mean "queues"?',
    '20:69 a number or a range such as 0-255 is wanted at character 1 of "x"',
  ],
)

test(
  'a function is of no type',
  mistakes,
  device(`    migration:
      migration_version: {device: x, type: y}
`),
  ['11:44 a function is of no type of mdev; leave type out'],
)

const warnings = test.macro((t, text: string, expected: readonly string[]) => {
  const found = warningsOf(profileOf(text))
  t.deepEqual(
    found.map(({ line, column, message }) => `${line}:${column} ${message}`),
    [...expected],
  )
})

test('a type without the string of its devices is hardly meant', warnings, type('migration_version: x\n'), [
  '15:30 the device has it and the type has not; give the type the same string',
])

test(
  'nor is another string',
  warnings,
  type('migration_version: {device: "{pci_id}-1", type: "{pci_id}-2"}\n'),
  [
    '15:30 the type has "{pci_id}-2" and the device "{pci_id}-1": what one accepts the other refuses; give both the same string',
  ],
)

test('the same string is', warnings, type('migration_version: {device: "1", type: "1"}\n'), [])

for (const { name } of listProfiles())
  test(`nothing in ${name} is hardly meant`, t => t.deepEqual(warningsOf(loadProfile(name)), []))
