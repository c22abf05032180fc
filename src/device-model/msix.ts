import type { Found } from '../pci/config/walk.ts'
import { SparseMemory } from './memory.ts'

/** Bytes of an entry of the table: message address, data, and vector control, of which bit 0 masks (PCI 3.0, 6.8.2). */
const ENTRY = 16
const VECTOR_CONTROL = 12

/** Where a function has its table of vectors, and the array of those that are pending. */
export interface MsixTable {
  readonly vectors: number
  readonly table: { readonly bar: number; readonly offset: number }
  readonly pending: { readonly bar: number; readonly offset: number }
}

/** What the capability says; undefined for a function without. */
export function msixTable(capability: Found | undefined): MsixTable | undefined {
  if (!capability) return undefined
  const { view } = capability
  const place = (at: number) => ({ bar: view.bits(at, 0, 3), offset: view.bits(at, 3, 29) * 8 })
  return { vectors: view.bits(2, 0, 11) + 1, table: place(4), pending: place(8) }
}

/**
 * The memory of a BAR with a table of vectors in it: all are masked at first, of vector control only the mask bit can be
 * written, and which are pending is not for software to say.
 */
export class MsixMemory extends SparseMemory {
  readonly #table: readonly [from: number, to: number] | undefined
  readonly #pending: readonly [from: number, to: number] | undefined

  constructor(size: number, bar: number, { vectors, table, pending }: MsixTable) {
    super(size)
    if (table.bar === bar) this.#table = [table.offset, table.offset + vectors * ENTRY]
    if (pending.bar === bar) this.#pending = [pending.offset, pending.offset + Math.ceil(vectors / 64) * 8]
    this.#mask()
  }

  override write(offset: number, data: Uint8Array): void {
    const bytes = Uint8Array.from(data)
    for (const [i, value] of data.entries()) {
      const at = offset + i
      if (within(this.#pending, at)) bytes[i] = 0
      else if (within(this.#table, at)) bytes[i] = value & writableBits((at - this.#table![0]) % ENTRY)
    }
    super.write(offset, bytes)
  }

  override reset(): void {
    super.reset()
    this.#mask()
  }

  #mask(): void {
    if (!this.#table) return
    const [from, to] = this.#table
    for (let at = from; at < to; at += ENTRY) super.write(at + VECTOR_CONTROL, Uint8Array.of(1))
  }
}

function within(range: readonly [from: number, to: number] | undefined, at: number): boolean {
  return range !== undefined && at >= range[0] && at < range[1]
}

/** Addresses of messages are multiples of 4. */
function writableBits(at: number): number {
  if (at === 0) return 0xfc
  if (at < VECTOR_CONTROL) return 0xff
  return at === VECTOR_CONTROL ? 1 : 0
}
