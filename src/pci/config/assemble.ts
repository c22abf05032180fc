import { PCI_BASE_ADDRESS_0, PCI_HEADER_TYPE } from '../config-space.ts'
import { setBits } from './bits.ts'
import { type ExpressFacts, fieldsOf, NO_EXPRESS, type Structure, sizeOf, TAIL, viewOf } from './field.ts'
import { CAPABILITY_LIST_AT, headers, ROM_AT, STATUS_AT, STATUS_CAP_LIST } from './header.ts'
import {
  BAR_KINDS,
  BAR_PREFETCH,
  type Bar,
  barFlags,
  hexOffset,
  type Layout,
  type Patch,
  type Place,
  type Placed,
  type Problem,
  type Rom,
  type Setting,
  SPACES,
  type Space,
} from './layout.ts'
import { EXP } from './standard.ts'

/** A configuration space and which of its bits software changes. */
export interface Image {
  readonly bytes: Uint8Array
  /** One bit for each writable bit. */
  readonly writable: Uint8Array
}

export interface Assembled extends Image {
  /** For each byte the statement that put it there. */
  readonly origin: readonly (Place | undefined)[]
  readonly problems: readonly Problem[]
}

/** The largest capability there can be, and some more. */
const SCRATCH_SIZE = 0x2000
const ROM_ENABLE = 1n
/** Address bits of the ROM register. */
const ROM_ADDRESS = 0xffff_f800n

/** Puts bytes together from what a layout says; what can not be put anywhere is left out and told. */
export function assemble(layout: Layout): Assembled {
  return new Assembly(layout).result()
}

class Assembly {
  readonly #layout: Layout
  readonly #bytes: Uint8Array
  readonly #writable: Uint8Array
  readonly #origin: (Place | undefined)[]
  readonly #problems: Problem[] = []
  /** Of each byte from 0x40 on: the capability that has it. */
  readonly #owner: (Placed | undefined)[]
  #express: ExpressFacts | undefined

  constructor(layout: Layout) {
    this.#layout = layout
    this.#bytes = new Uint8Array(layout.size)
    this.#writable = new Uint8Array(layout.size)
    this.#origin = new Array(layout.size).fill(undefined)
    this.#owner = new Array(layout.size).fill(undefined)
  }

  result(): Assembled {
    this.#header()
    this.#bars()
    const { capabilities } = this.#layout
    // extended capabilities depend on the PCI Express capability
    for (const space of ['cap', 'ecap'] as const) {
      const placed = capabilities
        .filter(capability => capability.space === space)
        .toSorted((a, b) => a.at - b.at)
        .filter(capability => this.#place(capability))
      this.#chain(space, placed)
    }
    this.#patches(this.#layout.raws, this.#bytes, 'raw')
    this.#patches(this.#layout.masks, this.#writable, 'mask')
    return {
      bytes: this.#bytes,
      writable: this.#writable,
      origin: this.#origin,
      problems: this.#problems,
    }
  }

  #complain(place: Place, message: string, offset?: number): void {
    this.#problems.push({
      line: place.line,
      column: place.column,
      message,
      ...(offset !== undefined && { offset }),
    })
  }

  #header(): void {
    const { type, header } = this.#layout
    setBits(this.#bytes, PCI_HEADER_TYPE, 0, 7, type)
    this.#fields(headers[type], header, this.#bytes, this.#writable)
    for (const { name, place } of header) {
      const field = headers[type].fields.find(known => known.name === name)
      if (field) this.#origin.fill(place, field.at, field.at + ((field.low + field.width + 7) >> 3))
    }
  }

  /** Sets the fields of a structure; tells of settings that this form of it does not have. */
  #fields(
    structure: Structure,
    settings: readonly Setting[],
    bytes: Uint8Array,
    writable: Uint8Array,
    at?: number,
  ): void {
    const given = new Map(settings.map(setting => [setting.name, setting]))
    const view = viewOf(bytes, 0, this.#express ?? NO_EXPRESS)
    for (const field of fieldsOf(structure, view)) {
      const setting = given.get(field.name)
      setBits(bytes, field.at, field.low, field.width, setting?.value ?? field.initial)
      if (field.writable !== 0) setBits(writable, field.at, field.low, field.width, field.writable)
      given.delete(field.name)
    }
    for (const { name, place } of given.values()) {
      this.#complain(
        place,
        `${structure.name} of this form has no ${name}, leave it out or change the form`,
        at,
      )
    }
  }

  #bars(): void {
    const { type, bars, rom } = this.#layout
    for (const bar of bars) this.#bar(bar)
    if (rom) this.#rom(rom, ROM_AT[type])
  }

  #bar(bar: Bar): void {
    const { index, kind, prefetch, address, size, place } = bar
    const flags = BigInt(BAR_KINDS[kind] | (prefetch ? BAR_PREFETCH : 0))
    const at = PCI_BASE_ADDRESS_0 + 4 * index
    this.#register(at, kind === 'mem64' ? 8 : 4, address | flags, addressMask(size, barFlags(kind)), place)
  }

  #rom({ address, size, enabled, place }: Rom, at: number): void {
    const mask = size === undefined ? 0n : (addressMask(size, 0n) & ROM_ADDRESS) | ROM_ENABLE
    this.#register(at, 4, address | (enabled ? ROM_ENABLE : 0n), mask, place)
  }

  #register(at: number, length: number, value: bigint, mask: bigint, place: Place): void {
    for (let i = 0; i < length; i++) {
      const shift = BigInt(8 * i)
      this.#bytes[at + i] = Number((value >> shift) & 0xffn)
      this.#writable[at + i] = Number((mask >> shift) & 0xffn)
    }
    this.#origin.fill(place, at, at + length)
  }

  /** @returns whether there is room for it */
  #place(capability: Placed): boolean {
    const { space, at, structure, settings, tail, place } = capability
    const { idDigits } = SPACES[space]
    const end = Math.min(SPACES[space].end, this.#layout.size)
    const bytes = new Uint8Array(SCRATCH_SIZE)
    const writable = new Uint8Array(SCRATCH_SIZE)
    setBits(bytes, 0, 0, idDigits * 4, structure.id)
    this.#fields(structure, this.#withLength(capability), bytes, writable, at)
    const view = viewOf(bytes, 0, this.#express ?? NO_EXPRESS)
    const size = sizeOf(structure, view)
    if (at + size > end) {
      const message = `${structure.name} has ${size} bytes and reaches beyond ${hexOffset(end - 1)}, put it lower`
      this.#complain(place, message, at)
      return false
    }
    for (let i = at; i < at + size; i++) {
      const other = this.#owner[i]
      if (!other) continue
      const message = `${structure.name} at ${hexOffset(at)} with ${size} bytes overlaps ${other.structure.name} at ${hexOffset(other.at)}, move one of them`
      this.#complain(place, message, i)
      return false
    }
    if (tail && structure.tail) {
      const room = size - structure.tail.at
      if (tail.bytes.length > room) {
        const message = `${TAIL} has ${tail.bytes.length} bytes where ${structure.tail.length} leaves room for ${Math.max(0, room)}, make ${structure.tail.length} larger`
        this.#complain(tail.place, message, at)
        return false
      }
      bytes.set(tail.bytes, structure.tail.at)
    }
    this.#bytes.set(bytes.subarray(0, size), at)
    this.#writable.set(writable.subarray(0, size), at)
    this.#owner.fill(capability, at, at + size)
    this.#origin.fill(place, at, at + size)
    for (const { name, place: where } of settings) {
      for (const field of structure.fields) {
        if (field.name !== name) continue
        const last = at + field.at + ((field.low + field.width + 7) >> 3)
        if (last <= at + size) this.#origin.fill(where, at + field.at + (field.low >> 3), last)
      }
    }
    if (space === 'cap' && structure.id === EXP) {
      this.#express ??= { port: view.bits(2, 4, 4), lanes: view.bits(0x0c, 4, 6) }
    }
    return true
  }

  /** A length that is not given follows from the data. */
  #withLength({ structure, settings, tail }: Placed): readonly Setting[] {
    if (!structure.tail || !tail || settings.some(({ name }) => name === structure.tail!.length))
      return settings
    const value = structure.tail.at + tail.bytes.length
    return [...settings, { name: structure.tail.length, value, place: tail.place }]
  }

  #chain(space: Space, placed: readonly Placed[]): void {
    const order = this.#order(space, placed)
    if (space === 'cap' && order.length > 0) this.#bytes[STATUS_AT]! |= STATUS_CAP_LIST
    let previous: number | undefined
    for (const at of order) {
      if (space === 'ecap') {
        if (previous !== undefined) setBits(this.#bytes, previous, 20, 12, at)
      } else {
        this.#bytes[previous === undefined ? CAPABILITY_LIST_AT : previous + 1] = at
      }
      previous = at
    }
  }

  /** By offset, or as the statement `chain` says; what that leaves out is hidden. */
  #order(space: Space, placed: readonly Placed[]): readonly number[] {
    const offsets = placed.map(({ at }) => at)
    return this.#layout.chains[space]?.filter(at => offsets.includes(at)) ?? offsets
  }

  #patches(patches: readonly Patch[], to: Uint8Array, word: string): void {
    const by: (Patch | undefined)[] = []
    for (const patch of patches) {
      const { at, bytes, place } = patch
      if (at + bytes.length > to.length) {
        const message = `${word} reaches beyond ${hexOffset(to.length - 1)}, the last byte, write less or say size 4096`
        this.#complain(place, message, at)
        continue
      }
      const other = by.slice(at, at + bytes.length).find(known => known !== undefined)
      if (other) {
        const message = `${word} overlaps the one in line ${other.place.line}, say each byte once`
        this.#complain(place, message, at)
        continue
      }
      for (let i = at; i < at + bytes.length; i++) by[i] = patch
      to.set(bytes, at)
      if (to === this.#bytes) this.#origin.fill(place, at, at + bytes.length)
    }
  }
}

function addressMask(size: bigint | undefined, flags: bigint): bigint {
  return size === undefined ? 0n : BigInt.asUintN(64, ~(size - 1n)) & ~flags
}
