import type { z } from 'zod'
import type { PoolInit } from '../../drivers/declarative/pool.ts'
import { fields, namesTo, shorthand } from '../schema/fields.ts'
import { amount, bool, count, errno } from '../schema/scalar.ts'

const pool = shorthand(
  'total',
  fields('an amount, or a map with total, first_id, counted and errno', {
    total: amount,
    first_id: count
      .meta({ description: 'makes it a pool of numbers, given out lowest first from this one' })
      .exactOptional(),
    counted: bool
      .meta({ description: 'no: available_instances does not look at it, only create does' })
      .exactOptional(),
    errno: errno.meta({ description: 'what create fails with when too little is left' }).exactOptional(),
  }),
)

/** What a parent has of everything that its instances take, in the order in which `create` asks for it. */
export const resources = namesTo(pool, 'a map of pools, such as {memory: 4GB, slots: 8}')

export function poolInits(pools: z.output<typeof resources>): PoolInit[] {
  return Object.entries(pools).map(([name, { total, first_id, counted, errno }]) => ({
    name,
    total,
    refusal: errno ?? 'ENOSPC',
    ...(first_id !== undefined && { firstId: first_id }),
    ...(counted !== undefined && { counted }),
  }))
}
