import { z } from 'zod'
import type { MigrationModel, ParameterModel } from '../migration/model.ts'
import { checkParameterName, parseIntRange, parseParameterValue } from '../migration/parameter.ts'
import { SyntaxProblem } from '../migration/syntax-problem.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { DeviceMigrationInit } from '../vfio/migration/index.ts'
import { V2Flag } from '../vfio/migration/v2.ts'
import { type At, checkTexts, PLACEHOLDERS } from './migration-texts.ts'
import { suggestion } from './schema/explain.ts'
import { type Complain, entries, fields, items, listOf, namesTo, part, shorthand } from './schema/fields.ts'
import { bool, contentLine, name, reference, size, word } from './schema/scalar.ts'
import { quote } from './text/problem.ts'

const fieldsOf = (what: string) => namesTo(contentLine, what, name)

const version = shorthand(
  'device',
  fields('the string of the device, or a map with device, type, accepts and unsupported', {
    device: contentLine.meta({ description: 'what the device reads' }).exactOptional(),
    type: contentLine
      .meta({ description: 'what the type reads; no file where it is left out' })
      .exactOptional(),
    accepts: listOf(contentLine, 'strings or templates that are taken besides its own').exactOptional(),
    unsupported: bool.meta({ description: 'the files answer ENODEV' }).exactOptional(),
  }),
)

const parameter = fields('a parameter: a map with type and init', {
  type: word('bool', 'int', 'enum', 'str'),
  init: contentLine.meta({ description: 'what a new device has' }),
  off: contentLine.meta({ description: 'the value that switches it off' }).exactOptional(),
  allowed: listOf(contentLine, 'ranges of numbers such as 0-255, or a list of words').exactOptional(),
  description: contentLine.exactOptional(),
  runtime: bool.meta({ description: 'it may be written while the device is open' }).exactOptional(),
  multiplies: listOf(reference, 'pools of which the device takes so many times its share').exactOptional(),
  requires: namesTo(
    listOf(contentLine, 'ranges of numbers, or a list of words'),
    'what other parameters have to be while it is not off, such as {num-queues: 2-8}',
    z.string(),
  ).exactOptional(),
})

/** Bytes of a page, of which the memory inside a device is made. */
const PAGE = 4096
const MEMORY = 16 * 2 ** 20
const MOST_MEMORY = 4 * 2 ** 30
const RATE = 2 ** 20
const SECTION = 64 * 2 ** 10
const MOST_SECTION = 16 * 2 ** 20

const V2_FEATURES = { p2p: V2Flag.P2P, 'pre-copy': V2Flag.PRE_COPY }

const pages = (most: number) =>
  size.refine(bytes => bytes > 0 && bytes % PAGE === 0 && bytes <= most, {
    error: `whole pages of ${PAGE} bytes, up to ${most}`,
  })

/** `device`: what carries the state itself, see docs/migrate.md. */
const device = shorthand(
  'generation',
  fields('kabi-2018, v1 or v2, or a map with generation', {
    generation: word('kabi-2018', 'v1', 'v2').meta({
      description: 'the region of November 2018 or of Linux 5.8, or the states of 5.18',
    }),
    memory: pages(MOST_MEMORY).meta({ description: 'memory inside the device; 16MB' }).exactOptional(),
    dirty_rate: size.meta({ description: 'how much of it a second is written to; 1MB' }).exactOptional(),
    section: pages(MOST_SECTION)
      .meta({ description: 'the data section of the region; 64KB' })
      .exactOptional(),
    features: listOf(word('p2p', 'pre-copy'), 'what v2 can besides stop-copy: p2p, pre-copy').exactOptional(),
  }),
)

type DeviceDescription = z.output<typeof device>

function deviceMigration({
  generation,
  memory,
  dirty_rate,
  section,
  features,
}: DeviceDescription): DeviceMigrationInit {
  return {
    generation,
    memory: memory ?? MEMORY,
    dirtyRate: dirty_rate ?? RATE,
    section: section ?? SECTION,
    flags: (features ?? ['p2p', 'pre-copy']).reduce(
      (flags, name) => flags | V2_FEATURES[name],
      V2Flag.STOP_COPY as number,
    ),
  }
}

/** `migration`: proposed interfaces, see docs/migration.md. */
export const migration = fields('a map of proposed interfaces for migration', {
  migration_version: version.exactOptional(),
  vfio_migration: fields('a map with type and version', {
    type: contentLine,
    version: contentLine,
    accepts: listOf(contentLine, 'versions or templates that are taken besides its own').exactOptional(),
  }).exactOptional(),
  forms: listOf(
    word('directories', 'binary', 'file'),
    'how self and compatible are shown: directories, binary, file',
  ).exactOptional(),
  self: fieldsOf('fields of the device, such as {software_version: 1.0.0}').exactOptional(),
  compatible: z
    .array(fieldsOf('fields of a compatible device'), { error: 'a list of maps of fields' })
    .exactOptional(),
  rfc: listOf(word('v2', 'v3', 'v4'), 'versions of the RFC "VFIO Migration"').exactOptional(),
  model: contentLine.meta({ description: 'the device model, such as vendor-a.com/my-nic' }).exactOptional(),
  params: namesTo(parameter, 'a map of parameters', z.string()).exactOptional(),
  models: namesTo(listOf(contentLine, 'versions'), 'versions by device model', z.string()).exactOptional(),
  device: device
    .meta({ description: 'what carries the state, behind the file in /dev/vfio/devices' })
    .exactOptional(),
})

type MigrationDescription = z.output<typeof migration>

export function migrationModel(description: MigrationDescription): MigrationModel {
  const { migration_version: version, vfio_migration: vfio, forms, self, compatible = [] } = description
  const { rfc, model, params = {}, models = {}, device } = description
  return {
    ...(version && {
      version: {
        ...(version.device !== undefined && { device: version.device }),
        ...(version.type !== undefined && { type: version.type }),
        accepts: version.accepts ?? [],
        unsupported: version.unsupported ?? false,
      },
    }),
    ...(vfio && { vfioVersion: { ...vfio, accepts: vfio.accepts ?? [] } }),
    ...(self && {
      compatibility: {
        forms: forms ?? ['directories'],
        self: Object.entries(self),
        compatible: compatible.map(each => Object.entries(each)),
      },
    }),
    ...(rfc && {
      rfc: {
        versions: rfc,
        ...(model !== undefined && { model }),
        parameters: parameterModels(params),
        models: new Map(Object.entries(models)),
      },
    }),
    ...(device && { device: deviceMigration(device) }),
  }
}

type ParameterDescription = z.output<typeof parameter>

function parameterModels(params: Readonly<Record<string, ParameterDescription>>): ParameterModel[] {
  return Object.entries(params).map(([name, description]) => {
    const requires = Object.entries(description.requires ?? {}).map(([other, allowed]) => {
      const { type, init } = params[other]!
      return { name: other, type, init, ...permitted(type, allowed) }
    })
    return { ...parameterModel(name, description), ...(requires.length > 0 && { requires }) }
  })
}

function permitted(type: ParameterDescription['type'], allowed: readonly string[]) {
  return type === 'int' ? { ranges: allowed.map(parseIntRange) } : { words: allowed }
}

function parameterModel(name: string, description: ParameterDescription): ParameterModel {
  const { type, init, off, allowed, description: text, runtime, multiplies } = description
  return {
    name,
    type,
    init,
    ...(off !== undefined && { off }),
    ...(allowed && permitted(type, allowed)),
    ...(text !== undefined && { description: text }),
    ...(runtime && { runtime }),
    ...(multiplies && { multiplies }),
  }
}

/** What `migration/` holds of other drafts: no parameter of v3 can be called so. */
const OF_OTHERS = new Map([
  ['self', 'self and compatible'],
  ['compatible', 'self and compatible'],
  ['applied', 'RFC v2'],
  ['params', 'RFC v2'],
  ['device_model', 'RFC v4'],
  ['version', 'RFC v4'],
])

/** What has the key `migration`: a type of mdev, or a function of PCI. */
export interface Owner {
  readonly kind: 'type' | 'function'
  /** Pools of which it takes something. */
  readonly pools: readonly string[]
  /** Attributes that every device of it has, besides those of its description. */
  readonly attributes?: readonly string[]
}

/** Interfaces that collide with each other or with attributes, and what they lack. `owner` has the key `migration`. */
export function checkMigration(owner: unknown, { kind, pools, attributes }: Owner, complain: Complain): void {
  const migration = part(owner, 'migration')
  if (migration === undefined) return
  const at: At = (path, message) => complain(['migration', ...path], message)
  const forms = items(part(migration, 'forms'))
  const rfc = items(part(migration, 'rfc'))
  if (forms.includes('directories') && forms.includes('binary'))
    at(['forms'], 'directories and binary collide, for both are migration/self; leave one of them out')
  if (rfc.includes('v2') && rfc.includes('v3'))
    at(
      ['rfc'],
      'v2 and v3 collide: in v2 a device is opened after migration/applied, in v3 at once; choose one',
    )
  if (part(migration, 'self') === undefined)
    for (const key of ['forms', 'compatible'])
      if (part(migration, key) !== undefined) at([key], `it says nothing without self; add self`)
  if (rfc.some(version => version !== 'v4') && part(migration, 'model') === undefined)
    at(['rfc'], 'v2 and v3 name a device model; add model')
  if (rfc.includes('v4') && entries(part(migration, 'models')).length === 0)
    at(['rfc'], 'v4 lists device models and their versions; add models')
  if (kind === 'function' && part(part(migration, 'migration_version'), 'type') !== undefined)
    at(['migration_version', 'type'], 'a function is of no type of mdev; leave type out')
  const carried = part(migration, 'device')
  if (part(carried, 'features') !== undefined && part(carried, 'generation') !== 'v2')
    at(['device', 'features'], 'only v2 has features; leave them out')
  if (part(carried, 'section') !== undefined && part(carried, 'generation') === 'v2')
    at(['device', 'section'], 'v2 has a stream and no region; leave section out')
  checkTexts(migration, known(owner, kind, attributes), at)
  const params = part(migration, 'params')
  for (const [parameter, description] of entries(params))
    checkParameter(parameter, description, params, { besides: rfc.includes('v3'), pools }, at)
  checkAttributes(owner, complain)
}

function checkParameter(
  name: string,
  description: unknown,
  params: unknown,
  { besides, pools }: { readonly besides: boolean; readonly pools: readonly string[] },
  at: At,
): void {
  try {
    checkParameterName(name)
  } catch (error) {
    at(['params', name], (error as Error).message)
  }
  const other = OF_OTHERS.get(name)
  if (besides && other !== undefined)
    at(['params', name], `in RFC v3 it collides with migration/${name} of ${other}; choose another name`)
  for (const [i, pool] of items(part(description, 'multiplies')).entries())
    if (typeof pool === 'string' && !pools.includes(pool))
      at(['params', name, 'multiplies', i], `the type takes nothing of ${quote(pool)}`)
  for (const [other, allowed] of entries(part(description, 'requires')))
    checkRequirement(other, allowed, params, message => at(['params', name, 'requires', other], message))
  const whole = parameter.safeParse(asWritten(description))
  if (!whole.success) return
  try {
    const model = parameterModel(name, whole.data)
    if (model.multiplies && model.init !== '1')
      at(['params', name, 'init'], `a device takes its share once at first, so init is 1`)
    for (const key of ['init', 'off'] as const)
      if (model[key] !== undefined) parseParameterValue({ ...model, name: key }, model[key])
  } catch (error) {
    if (!(error instanceof Errno) && !(error instanceof SyntaxProblem)) throw error
    at(['params', name], error.message)
  }
}

function checkRequirement(
  other: string,
  allowed: unknown,
  params: unknown,
  complain: (message: string) => void,
): void {
  const names = entries(params).map(([name]) => name)
  if (!names.includes(other)) {
    complain(`there is no parameter ${quote(other)}${suggestion(other, names)}`)
    return
  }
  if (part(part(params, other), 'type') !== 'int') return
  for (const range of items(allowed)) {
    if (typeof range !== 'string') continue
    try {
      parseIntRange(range)
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      complain(error.message)
    }
  }
}

/** Single parts are complained of elsewhere; here they have to be whole. */
function asWritten(description: unknown): unknown {
  const texts = entries(description).map(([key, value]) => [
    key,
    typeof value === 'boolean' ? (value ? 'yes' : 'no') : value,
  ])
  return Object.fromEntries(texts)
}

/** What can be filled into a text; undefined where every attribute of a function of PCI can. */
function known(
  owner: unknown,
  kind: Owner['kind'],
  more: readonly string[] = [],
): readonly string[] | undefined {
  if (kind === 'function') return undefined
  const own = entries(part(owner, 'attributes')).map(([path]) => path)
  return [...PLACEHOLDERS, ...[...own, ...more].flatMap(path => [path, path.split('/').at(-1)!])]
}

const OWN_FILES = [
  'migration_version',
  'vfio_migration_type',
  'vfio_migration_version',
  'migration_compatible',
]

function checkAttributes(owner: unknown, complain: Complain): void {
  for (const [path] of entries(part(owner, 'attributes')))
    if (OWN_FILES.includes(path) || path === 'migration' || path.startsWith('migration/'))
      complain(
        ['attributes', path],
        `${quote(path)} collides with migration, which has it; choose another name`,
        {
          key: true,
        },
      )
}
