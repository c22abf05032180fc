import type { z } from 'zod'
import type { ParentModel } from '../../drivers/declarative/model.ts'
import type { DeviceApi } from '../../mdev/ops.ts'
import { checkBars } from '../bar.ts'
import { checkMigration } from '../migration.ts'
import { suggestion } from '../schema/explain.ts'
import { type Complain, entries, fields, items, OTHER, part, shorthand } from '../schema/fields.ts'
import { errno, name, numberFrom } from '../schema/scalar.ts'
import { quote } from '../text/problem.ts'
import { poolInits, resources } from './pool.ts'
import { deviceApi, typeModel, types } from './type.ts'

/** Keys of a device that offers mdev types described by data alone. */
export const parentFields = {
  resources: resources.exactOptional(),
  types: types.exactOptional(),
  instances: shorthand(
    'limit',
    fields('a number of instances, or a map with limit and errno', {
      limit: numberFrom(0, 1_000_000),
      errno: errno
        .meta({ description: 'what create says up to 5.10 when there are so many; since 6.1 it is EUSERS' })
        .exactOptional(),
    }),
  )
    .meta({ description: 'how many instances of all types together the mdev core lets be' })
    .exactOptional(),
  mdev_driver: name
    .meta({ description: 'the driver of the mdevs since 6.1; before it is vfio_mdev for all' })
    .exactOptional(),
  mdev_module: name
    .meta({ description: 'its module, where it is not the one of the parent' })
    .exactOptional(),
}

export type ParentDescription = z.output<ReturnType<typeof parentObject>>

function parentObject() {
  return fields('a device with mdev types', parentFields)
}

/** What the parts of a parent have to do with each other. */
export function checkParent(parent: unknown, complain: Complain): void {
  const pools: Pools = new Map(entries(part(parent, 'resources')))
  const counted = part(parent, 'instances') !== undefined
  const seen = new Map<string, number>()
  for (const [i, type] of items(part(parent, 'types')).entries()) {
    checkId(type, i, seen, complain)
    checkNeeds(type, i, pools, counted, complain)
    const taken = entries(part(type, 'needs')).map(([pool]) => pool)
    checkMigration(type, { kind: 'type', pools: taken }, (path, message, about) =>
      complain(['types', i, ...path], message, about),
    )
    checkBars(part(type, 'bars'), (path, message, about) =>
      complain(['types', i, 'bars', ...path], message, about),
    )
    if (part(type, 'bars') !== undefined && (part(type, 'device_api') ?? DEFAULT_API) !== DEFAULT_API)
      complain(['types', i, 'bars'], 'only vfio-pci devices have BARs; leave them out', { key: true })
    for (const [j, pool] of items(part(type, 'aggregates')).entries())
      checkTaken(pool, type, ['types', i, 'aggregates', j], complain)
    for (const [path, attribute] of entries(part(type, 'attributes'))) {
      const at = ['types', i, 'attributes', path]
      for (const [j, pool] of items(part(attribute, 'multiplies')).entries())
        checkTaken(pool, type, [...at, 'multiplies', j], complain)
      checkIds(part(attribute, 'default'), pools, [...at, 'default'], complain)
    }
  }
  checkApi(parent, complain)
}

function checkId(type: unknown, i: number, seen: Map<string, number>, complain: Complain): void {
  const id = part(type, 'id')
  if (typeof id !== 'string') return
  const first = seen.get(id)
  if (first === undefined) {
    seen.set(id, i)
    return
  }
  const message = `there is a type ${quote(id)} on ${OTHER} already; give each an id of its own`
  complain(['types', i, 'id'], message, { other: ['types', first, 'id'] })
}

/** Pools by their names; parts of them may be wrong. */
type Pools = ReadonlyMap<string, unknown>

function checkNeeds(type: unknown, i: number, pools: Pools, counted: boolean, complain: Complain): void {
  let limited = counted
  for (const [pool, need] of entries(part(type, 'needs'))) {
    if (!pools.has(pool)) {
      const hint = suggestion(pool, pools.keys()) || '; add it to resources'
      complain(['types', i, 'needs', pool], `there is no pool ${quote(pool)} in resources${hint}`, {
        key: true,
      })
    }
    if (need !== 0 && part(pools.get(pool), 'counted') !== false) limited = true
  }
  if (!limited)
    complain(
      ['types', i],
      'nothing limits this type; give it needs from the resources, or give the device a number of instances',
    )
}

/** `multiplies` and `aggregates` speak of pools that the type takes from. */
function checkTaken(pool: unknown, type: unknown, path: readonly PropertyKey[], complain: Complain): void {
  if (typeof pool !== 'string') return
  const needs = entries(part(type, 'needs')).map(([name]) => name)
  if (needs.includes(pool)) return
  complain(path, `the type takes nothing of ${quote(pool)}, see its needs${suggestion(pool, needs)}`)
}

function checkIds(value: unknown, pools: Pools, path: readonly PropertyKey[], complain: Complain): void {
  if (typeof value !== 'string') return
  for (const [, id] of value.matchAll(/\{id:([^}]*)\}/g)) {
    if (part(pools.get(id!), 'first_id') === undefined)
      complain(path, `${quote(id!)} is no pool of numbers; one that is has a first_id in resources`)
  }
}

/** The mdev core asks the driver for it, once for all types. */
function checkApi(parent: unknown, complain: Complain): void {
  const apis = items(part(parent, 'types')).map(type => part(type, 'device_api') ?? DEFAULT_API)
  for (const [i, api] of apis.entries())
    if (api !== apis[0] && deviceApi.safeParse(api).success)
      complain(
        ['types', i, 'device_api'],
        `all types of a device have the same device_api, and the first has ${apis[0]}`,
      )
}

const DEFAULT_API: DeviceApi = 'vfio-pci'

export function parentModel(description: ParentDescription): ParentModel {
  const { resources = {}, types = [], instances } = description
  return {
    deviceApi: types[0]?.device_api ?? DEFAULT_API,
    pools: poolInits(resources),
    types: types.map(typeModel),
    ...(instances && { instances: { limit: instances.limit, refusal: instances.errno ?? 'EPERM' } }),
    aggregation: types.some(({ aggregates }) => aggregates !== undefined),
  }
}
