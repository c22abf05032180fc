import type { Directory, Dirent } from './directory.ts'
import { HASH_END } from './hash.ts'

/**
 * An open directory. Offsets are those of the kernel: 0 before `.`, 1 before `..`, then each name stands at its hash
 * and carries the hash of the next one as d_off, the last one 0x7fffffff (`kernfs_fop_readdir()`). `.` and `..` are
 * the front end's to tell.
 */
export class Listing {
  readonly directory: Directory
  #names: readonly Dirent[] = []
  #generation = -1
  /** Where the last batch ended, to go on right between names of equal hash. */
  #resume = { offset: -1, index: 0 }

  constructor(directory: Directory) {
    this.directory = directory
  }

  /** The names now; good until the next call. */
  get names(): readonly Dirent[] {
    if (this.#generation !== this.directory.generation) {
      this.#names = this.directory.list()
      this.#generation = this.directory.generation
      this.#resume.offset = -1
    }
    return this.#names
  }

  /** The place in {@link names} from which reading goes on at an offset of 2 or more. */
  seek(offset: number): number {
    const { names } = this
    if (offset === this.#resume.offset) return this.#resume.index
    let low = 0
    let high = names.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (names[middle]!.hash < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The d_off of the name at that place. */
  offsetAfter(index: number): number {
    return this.#names[index + 1]?.hash ?? HASH_END
  }

  /** Remembers that the names before that place were told. */
  told(index: number): void {
    this.#resume.offset = this.#names[index]?.hash ?? HASH_END
    this.#resume.index = index
  }
}
