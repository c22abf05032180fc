import { PCI_CFG_SPACE_SIZE, PCI_HEADER_TYPE } from '../config-space.ts'
import { getBits } from './bits.ts'
import { type ExpressFacts, NO_EXPRESS, type Structure, sizeOf, type View, viewOf } from './field.ts'
import { CAPABILITY_LIST_AT, STATUS_AT, STATUS_CAP_LIST } from './header.ts'
import { hexOffset, SPACES, type Space, structureOf } from './layout.ts'
import { hiddenCapabilities } from './quirks.ts'
import { EXP } from './standard.ts'

/** A capability that bytes have. */
export interface Found {
  readonly space: Space
  readonly at: number
  readonly size: number
  readonly structure: Structure
  readonly view: View
  /** No chain leads to it. */
  readonly hidden: boolean
}

/** Why a chain can not be followed further, and which byte says so. */
export interface Fault {
  readonly offset: number
  readonly message: string
}

export interface Walk {
  /** In the order of their chains. */
  readonly found: readonly Found[]
  readonly faults: readonly Fault[]
}

/** The type of the header, where it is one of the two that have capabilities here. */
export function headerType(bytes: Uint8Array): 0 | 1 | undefined {
  const type = bytes[PCI_HEADER_TYPE]! & 0x7f
  return type === 0 || type === 1 ? type : undefined
}

/** Follows both chains as far as they make sense; never fails, whatever the bytes are. */
export function walk(bytes: Uint8Array): Walk {
  return new Walker(bytes).walk()
}

class Walker {
  readonly #bytes: Uint8Array
  readonly #found: Found[] = []
  readonly #faults: Fault[] = []
  #express: ExpressFacts = NO_EXPRESS

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  walk(): Walk {
    const bytes = this.#bytes
    if (headerType(bytes) !== undefined && bytes[STATUS_AT]! & STATUS_CAP_LIST) {
      this.#follow('cap', bytes[CAPABILITY_LIST_AT]!, CAPABILITY_LIST_AT, at => [bytes[at + 1]!, at + 1])
    }
    for (const { at } of hiddenCapabilities(bytes)) {
      if (this.#found.length > 0 && this.#refuse('cap', at) === undefined) this.#add('cap', at, true)
    }
    this.#express = this.#expressFacts()
    const first = getBits(bytes, PCI_CFG_SPACE_SIZE, 0, 32)
    if (first !== 0 && first !== 0xffff_ffff) {
      this.#follow('ecap', PCI_CFG_SPACE_SIZE, PCI_CFG_SPACE_SIZE, at => [getBits(bytes, at, 20, 12), at + 2])
    }
    return { found: this.#found, faults: this.#faults }
  }

  /** Of the PCI Express capability; of the one with the lowest offset, should there be several. */
  #expressFacts(): ExpressFacts {
    const [express] = this.#found
      .filter(({ structure }) => structure.id === EXP && structure.fields.length > 0)
      .toSorted((a, b) => a.at - b.at)
    if (!express) return NO_EXPRESS
    const { view, size } = express
    return { port: view.bits(2, 4, 4), lanes: size > 0x0c ? view.bits(0x0c, 4, 6) : 0 }
  }

  #follow(space: Space, first: number, from: number, next: (at: number) => [at: number, said: number]): void {
    let [at, said] = [first, from]
    while (at !== 0) {
      const message = this.#refuse(space, at) ?? this.#add(space, at)
      if (message !== undefined) {
        this.#faults.push({ offset: said, message })
        return
      }
      ;[at, said] = next(at)
    }
  }

  #refuse(space: Space, at: number): string | undefined {
    const { start } = SPACES[space]
    const end = this.#end(space)
    const here = hexOffset(at)
    if (at % 4 !== 0) return `the chain goes on at ${here}, which is no multiple of 4`
    if (at < start || at >= end)
      return `the chain goes on at ${here}, outside ${hexOffset(start)} to ${hexOffset(end - 1)}`
    if (this.#found.some(known => known.at === at)) return `the chain comes back to ${here} and never ends`
    return undefined
  }

  #end(space: Space): number {
    return Math.min(SPACES[space].end, this.#bytes.length)
  }

  /** One that is broken, longer than its room, or in another one's bytes, ends the chain or loses its name. */
  #add(space: Space, at: number, hidden = false): string | undefined {
    const { idDigits, headerSize, unnamed } = SPACES[space]
    const id = getBits(this.#bytes, at, 0, idDigits * 4)
    const view = viewOf(this.#bytes, at, this.#express)
    let structure = structureOf(space, id)
    if (this.#blocked(space, at, headerSize))
      return `the chain goes on at ${hexOffset(at)}, inside another capability`
    if (this.#blocked(space, at, sizeOf(structure, view))) {
      const message = `${structure.name} at ${hexOffset(at)} has ${sizeOf(structure, view)} bytes and no room for them`
      this.#faults.push({ offset: at, message })
      structure = unnamed(id)
    }
    this.#found.push({ space, at, size: sizeOf(structure, view), structure, view, hidden })
    return undefined
  }

  #blocked(space: Space, at: number, size: number): boolean {
    return (
      at + size > this.#end(space) ||
      this.#found.some(known => at < known.at + known.size && known.at < at + size)
    )
  }
}
