import { PCI_BASE_ADDRESS_0 } from '../config-space.ts'
import type { Image } from './assemble.ts'
import { getBits, setBits } from './bits.ts'
import { fieldsOf, NO_EXPRESS, type Structure, type View, viewOf } from './field.ts'
import { BARS, CAPABILITY_LIST_AT, headers } from './header.ts'
import { BAR_KINDS, BAR_PREFETCH, hexOffset } from './layout.ts'
import { printSize } from './size.ts'
import { type Found, headerType, walk } from './walk.ts'

/** How two instance types differ. */
export interface Difference {
  /** Of the first byte that differs. */
  readonly offset: number
  /** What is different, such as `pasid width is 20 in the first and 16 in the second`. */
  readonly message: string
}

export interface Comparison {
  /** Equal bytes under the non-writable mask, and the same mask. */
  readonly equal: boolean
  /** Why the second can not stand in for the first; empty where it can. */
  readonly secondForFirst: readonly Difference[]
  /** Why the first can not stand in for the second; empty where it can. */
  readonly firstForSecond: readonly Difference[]
}

/**
 * Compares layouts. One can stand in for the other where software that knows the other sees what it knows: bits that do
 * not change there have the same value, and bits that software changes there can be changed. Base addresses have to agree
 * in what can be changed, which is their size.
 */
export function diff(first: Image, second: Image): Comparison {
  const secondForFirst = standIn(first, second)
  const firstForSecond = standIn(second, first)
  return {
    equal: secondForFirst.length === 0 && firstForSecond.length === 0,
    secondForFirst,
    firstForSecond,
  }
}

/** Why `other` can not stand in for `known`. */
function standIn(known: Image, other: Image): Difference[] {
  if (known.bytes.length !== other.bytes.length) {
    const message = `configuration space has ${other.bytes.length} bytes where ${known.bytes.length} are needed`
    return [{ offset: Math.min(known.bytes.length, other.bytes.length), message }]
  }
  const barsEnd = PCI_BASE_ADDRESS_0 + 4 * BARS[headerType(known.bytes) ?? 0]
  const values = known.bytes.map((byte, at) => (byte ^ other.bytes[at]!) & ~known.writable[at]!)
  const changes = known.writable.map((needed, at) => {
    const there = other.writable[at]!
    return at >= PCI_BASE_ADDRESS_0 && at < barsEnd ? needed ^ there : needed & ~there
  })
  if (values.every(bits => bits === 0) && changes.every(bits => bits === 0)) return []
  return new Explanation(known, other, values, changes).differences()
}

/** Says what differs by capabilities that are missing, then by fields, and what is left by bytes. */
class Explanation {
  readonly #known: Image
  readonly #other: Image
  /** Bits that have another value, and those that can or can not be changed; told ones are taken out. */
  readonly #values: Uint8Array
  readonly #changes: Uint8Array
  readonly #differences: Difference[] = []

  constructor(known: Image, other: Image, values: Uint8Array, changes: Uint8Array) {
    this.#known = known
    this.#other = other
    this.#values = values
    this.#changes = changes
  }

  differences(): Difference[] {
    const [needed, there] = [walk(this.#known.bytes).found, walk(this.#other.bytes).found]
    for (const found of needed) this.#capability(found, there)
    for (const found of there) this.#unwanted(found)
    const type = headerType(this.#known.bytes)
    if (type !== undefined && type === headerType(this.#other.bytes)) {
      this.#link('the chain', CAPABILITY_LIST_AT, 0, 8)
      for (let index = 0; index < BARS[type]; index++) this.#bar(index)
      this.#fields(headers[type], 0, viewOf(this.#known.bytes, 0, NO_EXPRESS))
    }
    this.#bytes()
    return this.#differences.toSorted((a, b) => a.offset - b.offset)
  }

  #differs(from: number, end: number): boolean {
    for (let at = from; at < end; at++) if (this.#values[at] !== 0 || this.#changes[at] !== 0) return true
    return false
  }

  #capability({ space, at, size, structure, view }: Found, there: readonly Found[]): void {
    const here = there.find(found => found.at === at && found.space === space)
    if (here?.structure.id === structure.id) {
      if (space === 'cap') this.#link(structure.name, at + 1, 0, 8)
      else this.#link(structure.name, at, 20, 12)
      this.#fields(structure, at, view)
      return
    }
    if (!this.#differs(at, at + size)) return
    const moved = there.find(found => found.space === space && found.structure.id === structure.id)
    const instead = moved
      ? `stands at ${hexOffset(moved.at)}`
      : here
        ? `${here.structure.name} is there`
        : 'is not there'
    const message = `${structure.name} is needed at ${hexOffset(at)} and ${instead}`
    this.#tell(at, message, at + size)
  }

  /** Where known software finds nothing, or something else that is told already. */
  #unwanted({ at, size, structure }: Found): void {
    if (!this.#differs(at, at + 1)) return
    this.#tell(at, `${structure.name} is at ${hexOffset(at)} where there should be none`, at + size)
  }

  #tell(offset: number, message: string, end: number): void {
    this.#differences.push({ offset, message })
    this.#values.fill(0, offset, end)
    this.#changes.fill(0, offset, end)
  }

  /** The offset of the next capability. */
  #link(name: string, at: number, low: number, width: number): void {
    const next = ({ bytes }: Image) => {
      const offset = getBits(bytes, at, low, width)
      return offset === 0 ? 'nowhere' : `to ${hexOffset(offset)}`
    }
    if (getBits(this.#values, at, low, width) === 0) return
    const message = `${name} leads ${next(this.#other)} where it should lead ${next(this.#known)}`
    this.#differences.push({ offset: at + (low >> 3), message })
    setBits(this.#values, at, low, width, 0)
  }

  #bar(index: number): void {
    const at = PCI_BASE_ADDRESS_0 + 4 * index
    if (!this.#differs(at, at + 4)) return
    const message = `BAR ${index} is ${barText(this.#other, at)} where ${barText(this.#known, at)} is needed`
    this.#tell(at, message, at + 4)
  }

  #fields(structure: Structure, base: number, view: View): void {
    for (const field of fieldsOf(structure, view)) {
      const { name, at, low, width, format } = field
      const read = (bytes: Uint8Array) => getBits(bytes, base + at, low, width)
      const what = `${structure.name} ${name}`
      const offset = base + at + (low >> 3)
      if (read(this.#values) !== 0) {
        const message = `${what} is ${format.print(read(this.#other.bytes))} where ${format.print(read(this.#known.bytes))} is needed`
        this.#differences.push({ offset, message })
      } else if (read(this.#changes) !== 0) {
        this.#differences.push({ offset, message: `${what} can not be changed in the same way` })
      }
      setBits(this.#values, base + at, low, width, 0)
      setBits(this.#changes, base + at, low, width, 0)
    }
  }

  /** Runs of bytes; base addresses among them. */
  #bytes(): void {
    for (let at = 0; at < this.#values.length; at++) {
      if (!this.#differs(at, at + 1)) continue
      let end = at + 1
      while (end < this.#values.length && this.#differs(end, end + 1)) end++
      this.#differences.push({ offset: at, message: this.#bytesMessage(at, end) })
      at = end
    }
  }

  #bytesMessage(at: number, end: number): string {
    if (this.#values.subarray(at, end).every(bits => bits === 0)) {
      return `bytes ${hexOffset(at)} to ${hexOffset(end - 1)} can not be changed in the same way`
    }
    const digits = ({ bytes }: Image) =>
      Buffer.from(bytes.subarray(at, Math.min(end, at + SHOWN))).toString('hex')
    return `bytes are ${digits(this.#other)} where ${digits(this.#known)} are needed`
  }
}

/** What a base address register decodes, as far as it stands in the register itself. */
function barText({ bytes, writable }: Image, at: number): string {
  const [value, mask] = [getBits(bytes, at, 0, 32), getBits(writable, at, 0, 32)]
  const [kind] =
    Object.entries(BAR_KINDS).find(([, flags]) => flags === (value & 1 ? value & 3 : value & 6)) ?? []
  if (value === 0 && mask === 0) return 'nothing'
  const prefetch = kind !== 'io' && value & BAR_PREFETCH ? ' prefetch' : ''
  // the lowest bit of an address that can be changed is the size
  const size = mask === 0 ? '' : ` of ${printSize(BigInt((mask & -mask) >>> 0))}`
  return `${kind ?? 'a reserved kind'}${prefetch}${size}`
}

/** Bytes shown of a longer run. */
const SHOWN = 16
