import { Errno } from '../../sysfs/lib/errno.ts'
import type { TypeModel } from './model.ts'
import type { Pool } from './pool.ts'

/** What one mdev holds of its parent's pools, and the values of its attributes. */
export class Instance {
  readonly model: TypeModel
  /** Numbers given out to it, by pool. */
  readonly ids = new Map<string, number>()
  /** Values that were written, by attribute. */
  readonly values = new Map<string, string>()
  /** Whether somebody has it open. */
  open = false
  readonly #pools: ReadonlyMap<string, Pool>
  /** How many times its type's need it takes, where that is not once. */
  readonly #factors = new Map<string, number>()

  /** Takes all that the type needs, or throws and takes nothing. */
  constructor(model: TypeModel, pools: ReadonlyMap<string, Pool>) {
    this.model = model
    this.#pools = pools
    for (const [pool, need] of this.#needs()) pool.check(need)
    for (const [pool, need] of this.#needs()) {
      const id = pool.take(need)
      if (id !== undefined) this.ids.set(pool.name, id)
    }
  }

  free(): void {
    for (const [pool, need] of this.#needs())
      pool.give(need * this.factor(pool.name), this.ids.get(pool.name))
  }

  factor(pool: string): number {
    return this.#factors.get(pool) ?? 1
  }

  /** Takes `factor` times the need of each pool from now on. ENOSPC where that is not there, and nothing changes. */
  multiply(pools: readonly string[], factor: number): void {
    const changes = [...this.#needs()]
      .filter(([pool]) => pools.includes(pool.name))
      .map(([pool, need]) => ({ pool, more: need * (factor - this.factor(pool.name)) }))
    for (const { pool, more } of changes) {
      if (more > pool.left) throw new Errno('ENOSPC', `${pool.name}: ${more} more wanted, ${pool.left} left`)
    }
    for (const { pool, more } of changes) {
      pool.adjust(more)
      this.#factors.set(pool.name, factor)
    }
  }

  /** In the order of the parent's pools. */
  *#needs(): Iterable<[Pool, number]> {
    for (const pool of this.#pools.values()) {
      const need = this.model.needs[pool.name]
      if (need) yield [pool, need]
    }
  }
}
