declare const brand: unique symbol
/** What the kernel calls an open file by. */
export type Handle = number & { readonly [brand]: 'Handle' }

/** Open files by handle; a handle is used again after release. */
export class HandleTable<T> {
  readonly #open: (T | undefined)[] = [undefined]
  readonly #free: Handle[] = []

  get size(): number {
    return this.#open.length - 1 - this.#free.length
  }

  add(file: T): Handle {
    const handle = this.#free.pop() ?? (this.#open.length as Handle)
    this.#open[handle] = file
    return handle
  }

  get(handle: number): T | undefined {
    return this.#open[handle]
  }

  /** @returns what was open, or undefined for a handle that is not */
  remove(handle: number): T | undefined {
    const file = this.#open[handle]
    if (file === undefined) return undefined
    this.#open[handle] = undefined
    this.#free.push(handle as Handle)
    return file
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const file of this.#open) if (file !== undefined) yield file
  }
}
