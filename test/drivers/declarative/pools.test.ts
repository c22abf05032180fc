import test from 'ava'
import fc from 'fast-check'
import { Instance } from '../../../src/drivers/declarative/instance.ts'
import type { TypeModel } from '../../../src/drivers/declarative/model.ts'
import { Pool } from '../../../src/drivers/declarative/pool.ts'
import { Errno } from '../../../src/sysfs/lib/errno.ts'

const POOLS = ['low', 'high', 'id']

const model = fc
  .record({ low: fc.nat(40), high: fc.nat(40), id: fc.constant(1) })
  .map((needs): TypeModel => ({ sysfsName: 'type', needs, attributes: [] }))

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), model }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('destroy' as const), which: fc.nat() }) },
  fc.record({
    do: fc.constant('multiply' as const),
    which: fc.nat(),
    factor: fc.integer({ min: 1, max: 9 }),
  }),
)

test('available and used add up after any sequence, nothing is overdrawn, and a refusal changes nothing', t => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const pools = new Map(
        [
          new Pool({ name: 'low', total: 100, refusal: 'ENOSPC' }),
          new Pool({ name: 'high', total: 70, refusal: 'ENOSPC' }),
          new Pool({ name: 'id', total: 5, firstId: 1, counted: false, refusal: 'ENOSPC' }),
        ].map(pool => [pool.name, pool]),
      )
      const alive: Instance[] = []
      const used = () => POOLS.map(name => pools.get(name)!.used)
      for (const each of steps) {
        const before = used()
        try {
          if (each.do === 'create') {
            alive.push(new Instance(each.model, pools))
          } else if (alive.length > 0) {
            const index = each.which % alive.length
            if (each.do === 'destroy') alive.splice(index, 1)[0]!.free()
            else alive[index]!.multiply(['low', 'high'], each.factor)
          }
        } catch (error) {
          t.true(error instanceof Errno)
          t.deepEqual(used(), before)
        }
        for (const name of POOLS) {
          const pool = pools.get(name)!
          const held = alive.reduce((sum, each) => sum + each.model.needs[name]! * each.factor(name), 0)
          t.is(pool.used, held)
          t.is(pool.used + pool.left, pool.total)
          t.true(pool.left >= 0)
        }
        const ids = alive.map(instance => instance.ids.get('id')!)
        t.is(new Set(ids).size, ids.length)
        t.true(ids.every(id => id >= 1 && id <= 5))
      }
    }),
    { numRuns: 200 },
  )
})

test('a pool that nobody checks is overdrawn', t => {
  const pool = new Pool({ name: 'ports', total: 2, refusal: 'ENOSPC', unchecked: true })
  pool.check(3)
  pool.take(3)
  t.is(pool.left, -1)
})
