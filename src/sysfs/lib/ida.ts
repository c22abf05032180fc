/** Numbers given out lowest first, as `struct ida` (lib/idr.c): a freed number is the next to be used again. */
export class Ida {
  readonly #first: number
  readonly #used = new Set<number>()
  /** Nothing below is free. */
  #lowest: number

  constructor(first = 0) {
    this.#first = first
    this.#lowest = first
  }

  /** How many are given out. */
  get size(): number {
    return this.#used.size
  }

  allocate(): number {
    let number = this.#lowest
    while (this.#used.has(number)) number++
    this.#used.add(number)
    this.#lowest = number + 1
    return number
  }

  /** Takes a certain number, which must be free. */
  claim(number: number): void {
    if (this.#used.has(number)) throw new Error(`${number} is given out already`)
    this.#used.add(number)
  }

  free(number: number): void {
    if (!this.#used.delete(number)) throw new Error(`${number} was not given out`)
    this.#lowest = Math.max(this.#first, Math.min(this.#lowest, number))
  }
}
