import type { Region, RegionType } from '../../device-model/model.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { LITTLE } from '../argument.ts'

/** A field that the driver answers itself: what is not there can not be done, EINVAL. */
export interface Field {
  readonly offset: number
  /** Bytes. */
  readonly size: 4 | 8
  read?(): number
  write?(value: number): void
}

/**
 * A region that begins with fields, each of which is read and written as a whole, at its own width; behind them, at
 * {@link data}, there is memory through which a device's state passes.
 */
export class TrappedRegion implements Region {
  readonly type: RegionType
  readonly size: number
  /** Where the memory begins; never 0, and the beginning of a page. */
  readonly dataOffset: number
  readonly data: Uint8Array
  readonly #fields: ReadonlyMap<number, Field>

  constructor(
    type: RegionType,
    fields: readonly Field[],
    section: { readonly offset: number; readonly size: number },
  ) {
    this.type = type
    this.#fields = new Map(fields.map(field => [field.offset, field]))
    this.dataOffset = section.offset
    this.size = section.offset + section.size
    this.data = new Uint8Array(section.size)
  }

  read(offset: number, length: number): Uint8Array {
    if (offset >= this.dataOffset) {
      const at = offset - this.dataOffset
      return this.data.subarray(at, at + length)
    }
    const bytes = new Uint8Array(length)
    const value = this.#field(offset, length, 'read').read!()
    const view = new DataView(bytes.buffer)
    if (length === 4) view.setUint32(0, value, LITTLE)
    else view.setBigUint64(0, BigInt(value), LITTLE)
    return bytes
  }

  write(offset: number, bytes: Uint8Array): void {
    if (offset >= this.dataOffset) {
      this.data.set(bytes, offset - this.dataOffset)
      return
    }
    const field = this.#field(offset, bytes.length, 'write')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const value = bytes.length === 4 ? view.getUint32(0, LITTLE) : view.getBigUint64(0, LITTLE)
    if (value > Number.MAX_SAFE_INTEGER) throw new Errno('EINVAL', `${value} at ${offset} is too large`)
    field.write!(Number(value))
  }

  #field(offset: number, length: number, way: 'read' | 'write'): Field {
    const field = this.#fields.get(offset)
    if (!field || field.size !== length || !field[way])
      throw new Errno('EINVAL', `no field of ${length} bytes at ${offset} to ${way}`)
    return field
  }
}
