import type { Piece, Region } from './model.ts'

const PAGE = 4096

/** Plain memory, zero until written; only pages that were written take space. */
export class SparseMemory implements Region {
  readonly size: number
  readonly #pages = new Map<number, Uint8Array>()

  constructor(size: number) {
    this.size = size
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (const { page, from, at, count } of pieces(offset, length)) {
      const found = this.#pages.get(page)
      if (found) bytes.set(found.subarray(from, from + count), at)
    }
    return bytes
  }

  write(offset: number, data: Uint8Array): void {
    for (const { page, from, at, count } of pieces(offset, data.length)) {
      let found = this.#pages.get(page)
      if (!found) {
        found = new Uint8Array(PAGE)
        this.#pages.set(page, found)
      }
      found.set(data.subarray(at, at + count), from)
    }
  }

  reset(): void {
    this.#pages.clear()
  }

  *contents(): Iterable<Piece> {
    for (const [page, bytes] of this.#pages) {
      const offset = page * PAGE
      yield { offset, bytes: bytes.subarray(0, this.size - offset) }
    }
  }

  accepts(offset: number, bytes: Uint8Array): boolean {
    return offset + bytes.length <= this.size
  }
}

/** A range by the pages that it touches. */
function* pieces(offset: number, length: number) {
  for (let at = 0; at < length; ) {
    const from = (offset + at) % PAGE
    const count = Math.min(PAGE - from, length - at)
    yield { page: Math.floor((offset + at) / PAGE), from, at, count }
    at += count
  }
}
