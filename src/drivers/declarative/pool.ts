import { Errno, type ErrnoName } from '../../sysfs/lib/errno.ts'
import { Ida } from '../../sysfs/lib/ida.ts'

/** Something of which a parent has only so much: graphics memory, fences, ports, ids. */
export interface PoolInit {
  readonly name: string
  /** In units of the pool's own: bytes, ports. */
  readonly total: number
  /** Set for a pool of numbered things: they are given out lowest first, from this number on. */
  readonly firstId?: number
  /** False for a pool that `available_instances` leaves out: create fails where it would have had one more. */
  readonly counted?: boolean
  /** What create fails with when too little is left. */
  readonly refusal: ErrnoName
  /** A driver that does not look: the pool is overdrawn, and `available_instances` falls below zero. */
  readonly unchecked?: boolean
}

export class Pool {
  readonly name: string
  readonly total: number
  readonly counted: boolean
  readonly #refusal: ErrnoName
  readonly #unchecked: boolean
  readonly #ids: Ida | undefined
  #used = 0

  constructor({ name, total, firstId, counted = true, refusal, unchecked = false }: PoolInit) {
    this.name = name
    this.total = total
    this.counted = counted
    this.#refusal = refusal
    this.#unchecked = unchecked
    this.#ids = firstId === undefined ? undefined : new Ida(firstId)
  }

  get used(): number {
    return this.#used
  }

  get left(): number {
    return this.total - this.#used
  }

  /** Throws the pool's errno where too little is left. */
  check(amount: number): void {
    if (amount > this.left && !this.#unchecked) {
      throw new Errno(this.#refusal, `${this.name}: ${amount} wanted, ${this.left} left`)
    }
  }

  /** @returns the number given out, for a pool of ids */
  take(amount: number): number | undefined {
    this.#used += amount
    return this.#ids?.allocate()
  }

  /** What is taken already grows, or shrinks by a negative amount. */
  adjust(more: number): void {
    this.#used += more
  }

  give(amount: number, id?: number): void {
    this.#used -= amount
    if (id !== undefined) this.#ids?.free(id)
  }
}
