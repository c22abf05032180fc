import { PCI_BASE_ADDRESS_0, PCI_CFG_SPACE_SIZE } from '../config-space.ts'
import { type Assembled, assemble } from './assemble.ts'
import { getBits } from './bits.ts'
import { inOrder } from './compile.ts'
import { PASID, REBAR, SRIOV } from './extended.ts'
import { fieldsOf } from './field.ts'
import { BARS } from './header.ts'
import { type Bar, hexOffset, type Layout, NOWHERE, type Place, type Problem } from './layout.ts'
import { parse } from './parse.ts'
import { EXP, MSIX } from './standard.ts'
import { type Found, headerType, walk } from './walk.ts'

/** All that is wrong with a text, by line; empty for one that describes a sound device. */
export function check(text: string): readonly Problem[] {
  const { layout, problems } = parse(text)
  const assembled = assemble(layout)
  const rules = new Rules(layout, assembled).problems()
  return inOrder([...problems, ...assembled.problems, ...rules])
}

/** Bytes of a vector in the MSI-X table, and vectors whose pending bits share 8 bytes. */
const MSIX_ENTRY_SIZE = 16
const MSIX_PENDING_BITS = 64
const PASID_MOST_BITS = 20
/** What a virtual function reads for its ids: the physical one has them. */
const VF_ID = 0xffff
const NOT_OF_VF = [PASID, SRIOV, REBAR]
const FIRST_OFFSET = 0x100

/** What the specifications ask of bytes, whoever wrote them. */
class Rules {
  readonly #layout: Layout
  readonly #image: Assembled
  readonly #problems: Problem[] = []

  constructor(layout: Layout, image: Assembled) {
    this.#layout = layout
    this.#image = image
  }

  problems(): readonly Problem[] {
    const { bytes } = this.#image
    const { found, faults } = walk(bytes)
    for (const { offset, message } of faults) this.#complain(offset, message)
    this.#headerRules()
    this.#barRules()
    this.#extendedRules(found)
    this.#onceRules(found)
    for (const capability of found) this.#capabilityRules(capability)
    return this.#problems
  }

  /** A byte that no statement wrote is the business of the first line. */
  #complain(offset: number, message: string, place?: Place): void {
    const where = place ?? this.#image.origin[offset]
    const { line, column } = where && where !== NOWHERE ? where : { line: 1, column: 1 }
    this.#problems.push({ line, column, offset, message })
  }

  get #isVf(): boolean {
    const { bytes } = this.#image
    return getBits(bytes, 0, 0, 16) === VF_ID && getBits(bytes, 2, 0, 16) === VF_ID
  }

  #headerRules(): void {
    const { bytes } = this.#image
    const type = headerType(bytes)
    if (type === undefined) {
      this.#complain(0x0e, `headers of type ${bytes[0x0e]! & 0x7f} are not known, take 0, or 1 for a bridge`)
    }
    const vendor = getBits(bytes, 0, 0, 16)
    if (vendor === 0 || (vendor === VF_ID && !this.#isVf)) {
      this.#complain(0, `vendor ${vendor === 0 ? '0000' : 'ffff'} means that there is no device, give its id`)
    }
    const pin = bytes[0x3d]!
    if (pin > 4) this.#complain(0x3d, `interrupt pin ${pin} is not there, take none, a, b, c or d`)
  }

  #barRules(): void {
    for (const { index, address, size, place } of this.#layout.bars) {
      const at = PCI_BASE_ADDRESS_0 + 4 * index
      if (size !== undefined && address % size !== 0n) {
        const message = `BAR ${index} is at ${address.toString(16)}, which is no multiple of its size ${size}, move it`
        this.#complain(at, message, place)
      }
    }
    if (!this.#isVf) return
    const { bytes } = this.#image
    for (let index = 0; index < BARS[0]; index++) {
      const at = PCI_BASE_ADDRESS_0 + 4 * index
      if (getBits(bytes, at, 0, 32) === 0 && !this.#layout.bars.some(bar => bar.index === index)) continue
      this.#complain(
        at,
        `a virtual function has its BARs in sriov of the physical one, take BAR ${index} away`,
      )
    }
  }

  #extendedRules(found: readonly Found[]): void {
    const { bytes } = this.#image
    const extended = this.#layout.capabilities.filter(({ space }) => space === 'ecap')
    const [lowest] = extended.toSorted((a, b) => a.at - b.at)
    if (bytes.length > PCI_CFG_SPACE_SIZE && lowest && getBits(bytes, FIRST_OFFSET, 0, 32) === 0) {
      const message = `the first extended capability has to be at 100 for the others to be found, move ${lowest.structure.name} there`
      this.#complain(lowest.at, message, lowest.place)
    }
    const [order] = this.#layout.chains.ecap ?? []
    if (order !== undefined && order !== FIRST_OFFSET) {
      this.#complain(order, 'a chain of extended capabilities starts at 100, put that first')
    }
    const express = found.some(({ space, structure }) => space === 'cap' && structure.id === EXP)
    const first = found.find(({ space }) => space === 'ecap')
    if (first && !express) {
      const message = `${first.structure.name} is an extended capability, and only functions with the capability exp have such, add it`
      this.#complain(first.at, message)
    }
  }

  #onceRules(found: readonly Found[]): void {
    const before = new Map<string, Found>()
    for (const capability of found) {
      const { space, structure, at } = capability
      const key = `${space} ${structure.id}`
      const other = before.get(key)
      if (other && !structure.many) {
        this.#complain(at, `${structure.name} is at ${hexOffset(other.at)} already, have it once`)
      }
      before.set(key, capability)
    }
  }

  #capabilityRules(capability: Found): void {
    const { space, structure, view, at } = capability
    const { name, id, versions, tail } = structure
    for (const field of fieldsOf(structure, view)) {
      if (field.name !== 'ver' || space !== 'ecap') continue
      const version = view.bits(field.at, field.low, field.width)
      if (versions.length > 0 && !versions.includes(version)) {
        this.#complain(at + 2, `${name} has no version ${version}, take ${versions.join(' or ')}`)
      }
    }
    if (tail) {
      const length = structure.fields.find(field => field.name === tail.length)!
      const said = view.bits(length.at, length.low, length.width)
      if (said < capability.size) {
        const message = `${name} says that it has ${said} bytes, and has ${capability.size} at least, make ${tail.length} ${capability.size} or more`
        this.#complain(at + length.at + (length.low >> 3), message)
      }
    }
    if (space === 'cap') {
      if (id === MSIX) this.#msixRules(capability)
      return
    }
    if (id === PASID) {
      const width = view.bits(4, 8, 5)
      if (width === 0 || width > PASID_MOST_BITS) {
        this.#complain(
          at + 5,
          `PASIDs have 1 to ${PASID_MOST_BITS} bits and these have ${width}, change width`,
        )
      }
    }
    if (this.#isVf && NOT_OF_VF.includes(id)) {
      this.#complain(at, `a virtual function has no ${name}, the physical one does, take it away`)
    }
  }

  /** Table and pending bits lie in BARs that are there and large enough, and not on each other. */
  #msixRules({ view, at }: Found): void {
    const vectors = view.bits(2, 0, 11) + 1
    const part = (name: string, register: number, length: number) => {
      const value = view.bits(register, 0, 32)
      const bar = value % 8
      const start = value - bar
      this.#insideBar(name, at + register, bar, BigInt(start), BigInt(length))
      return { bar, start, end: start + length }
    }
    const table = part('table', 4, vectors * MSIX_ENTRY_SIZE)
    const pba = part('pba', 8, Math.ceil(vectors / MSIX_PENDING_BITS) * 8)
    if (table.bar === pba.bar && table.start < pba.end && pba.start < table.end) {
      this.#complain(at + 8, 'table and pba of msix overlap, move pba')
    }
  }

  #insideBar(name: string, offset: number, index: number, start: bigint, length: bigint): void {
    // those of a virtual function stand in its physical function
    if (this.#isVf) return
    const bar = this.#layout.bars.find(known => known.index === index)
    if (!bar) {
      this.#complain(
        offset,
        `msix has its ${name} in BAR ${index}, which is not there, add it or take another one`,
      )
    } else if (bar.kind === 'io') {
      this.#complain(
        offset,
        `msix has its ${name} in BAR ${index}, which decodes I/O ports, take a memory BAR`,
      )
    } else if (tooSmall(bar, start + length)) {
      const message = `${name} of msix ends at ${(start + length).toString(16)} of BAR ${index}, which has ${bar.size} bytes, make it larger`
      this.#complain(offset, message)
    }
  }
}

function tooSmall({ size }: Bar, end: bigint): boolean {
  return size !== undefined && end > size
}
