import test from 'ava'
import fc from 'fast-check'
import { Volume } from 'memfs'
import { checkCompatibility, type Direction, type FileSystem, type Verdict } from '../../src/compat/index.ts'
import { JULY } from '../migration/july.ts'

type Files = Readonly<Record<string, string>>

/** Two devices of some sysfs, by their files. */
function verdict(source: Files, target: Files, direction: Direction = 'target'): Verdict {
  const at = (name: string, files: Files) =>
    Object.entries({ uevent: '', ...files }).map(([file, text]) => [`/${name}/${file}`, text])
  const fs = Volume.fromJSON(Object.fromEntries([...at('source', source), ...at('target', target)]))
  const { interfaces } = checkCompatibility('/source', '/target', {
    interfaces: ['self-compatible'],
    direction,
    fs: fs as unknown as FileSystem,
  })
  return interfaces[0]!
}

const result = (...args: Parameters<typeof verdict>) => verdict(...args).result

/** A device of proposal 2. */
const binary = (self: string, compatible: string): Files => ({
  'migration/self': self,
  'migration/compatible': compatible,
})

/** The same as directories, one value per file. */
const directories = (self: Files, ...compatible: Files[]): Files =>
  Object.fromEntries([
    ...Object.entries(self).map(([field, value]) => [`migration/self/${field}`, `${value}\n`]),
    ...compatible.flatMap((fields, n) =>
      Object.entries(fields).map(([field, value]) => [
        `migration/compatible${n === 0 ? '' : n}/${field}`,
        `${value}\n`,
      ]),
    ),
  ])

const UUID1 = { migration_compatible: JULY.uuid1 }
const UUID2 = { migration_compatible: JULY.uuid2 }

test('29 July 2020: UUID2 may migrate to UUID1, UUID1 may not to UUID2', t => {
  t.is(result(UUID2, UUID1), 'compatible')
  t.like(verdict(UUID1, UUID2), { result: 'incompatible', field: 'interface_version' })
  // read the other way round, the other way round
  t.is(result(UUID1, UUID2, 'source'), 'compatible')
  t.is(result(UUID2, UUID1, 'source'), 'incompatible')
})

test('template: V5_2 with 1, V5_4 with 2, V5_8 with 4, and nothing else', t => {
  const compatible = 'type=i915-GVTg_V5_{val1:int:1,2,4,8}\naggregator={val1}/2\n'
  for (const type of [1, 2, 4, 8]) {
    for (const aggregator of [0, 1, 2, 3, 4, 8]) {
      const self = binary(`type=i915-GVTg_V5_${type}\naggregator=${aggregator}\n`, '')
      t.is(
        result(self, binary('type=x\n', compatible)),
        type === 2 * aggregator ? 'compatible' : 'incompatible',
        `V5_${type} with ${aggregator}`,
      )
    }
  }
})

test('directories: several `compatible`, and a value that may be absent', t => {
  const self = { type: 'x', aggregator: '1' }
  t.is(
    result(directories(self), directories({ type: 'y' }, { type: 'z' }, { ...self, pv: '""' })),
    'compatible',
  )
  t.deepEqual(verdict(directories(self), directories({ type: 'y' }, { type: 'z' }, { type: 'x' })), {
    interface: 'self-compatible',
    result: 'incompatible',
    reason: 'none of 2 objects fits: (1) type: "x" is not "z"; (2) aggregator: "1" is not ""',
  } as never)
})

test('directories: files have no order, so a variable may be used in a file before the one that declares it', t => {
  const compatible = { type: 'V5_{val1:int:4,8}', aggregator: '{val1}/4' }
  const target = directories({ type: 'V5_2' }, compatible)
  t.is(result(directories({ type: 'V5_4', aggregator: '1' }), target), 'compatible')
  t.is(result(directories({ type: 'V5_4', aggregator: '2' }), target), 'incompatible')
})

const version = (own: string, other: string, direction?: Direction) =>
  result(
    directories({ software_version: own }),
    directories({ software_version: other }, { software_version: other }),
    direction,
  )

test('software_version: the major is the same, the minor no newer, bugfix plays no part', t => {
  t.is(version('1.1.0', '1.2.9'), 'compatible')
  t.is(version('1.2.0', '1.1.9'), 'incompatible')
  t.is(version('1.9.0', '2.0.0'), 'incompatible')
  t.is(version('1.1.7', '1.1.2'), 'compatible')
  t.is(version('1.1', '1.1.2'), 'compatible')
})

test('software_version: the direction of the state counts, whoever lists whom', t => {
  const device = (own: string) => directories({ software_version: own }, { software_version: own })
  t.is(result(device('1.1.0'), device('1.2.0'), 'source'), 'compatible')
  t.is(result(device('1.2.0'), device('1.1.0'), 'source'), 'incompatible')
})

test('ranges of versions: 2.0.2-2.0.4,2.1.0-', t => {
  const target = directories(
    { interface_version: '2.1.3' },
    { interface_version: '2.1.3', interface_version_compatible: '2.0.2-2.0.4,2.1.0-' },
  )
  const from = (own: string) =>
    result(directories({ interface_version: own, interface_version_compatible: own }), target)
  for (const own of ['2.0.2', '2.0.3', '2.0.4', '2.1.0', '2.7']) t.is(from(own), 'compatible', own)
  for (const own of ['2.0.5', '2.0.1', '1.9', '3.0']) t.is(from(own), 'incompatible', own)
})

test('base_type and aggregation_ratio: equal, or not compatible', t => {
  const device = (aggregation_ratio: string) => {
    const fields = { base_type: 'i915-GVTg_V5', aggregation_ratio }
    return directories(fields, fields)
  }
  t.is(result(device('2'), device('2')), 'compatible')
  t.like(verdict(device('2'), device('4')), { field: 'aggregation_ratio', reason: '"2" is not "4"' })
})

test('vfio-ccw: the type of the channel paths counts, their number does not', t => {
  const device = (chpid_type: string) => {
    const fields = { software_version: '1.0.0', type: 'vfio-ccw', subchannel_type: '0', chpid_type }
    return directories(fields, fields)
  }
  t.is(result(device('0x1a'), device('0x1a')), 'compatible')
  t.like(verdict(device('0x1a'), device('0x1b')), { field: 'chpid_type' })
})

test('what is missing, and what can not be read', t => {
  const good = binary('type=x\n', 'type=x\n')
  t.like(verdict({}, {}), {
    result: 'unsupported',
    reason: 'neither has migration/self and migration/compatible',
  })
  t.like(verdict(good, {}), {
    result: 'unsupported',
    reason: 'the target has no migration/self and migration/compatible',
  })
  t.like(verdict(good, binary('type=x\n', 'type={v}\n')), {
    result: 'incompatible',
    reason: `the target's text can not be read: v is not declared before at character 2 of "{v}"`,
  })
  t.like(verdict({ migration_compatible: 'x' }, good), { result: 'incompatible' })
  t.like(verdict(good, binary('type=x\n', '')), {
    field: 'compatible',
    reason: 'nothing is said to be compatible',
  })
})

test('any text has an answer', t => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z{}:,"/=0-9\n. -]*$/))
  fc.assert(
    fc.property(text, text, text, (self, compatible, single) => {
      const answers = [
        verdict(binary(self, compatible), binary(self, compatible)),
        verdict({ migration_compatible: single }, { migration_compatible: single }),
        verdict(directories({ f: self }), directories({ f: self }, { f: compatible })),
      ]
      for (const answer of answers)
        t.true(['compatible', 'incompatible', 'unsupported'].includes(answer.result))
    }),
  )
})
