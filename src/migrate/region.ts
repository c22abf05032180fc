import type { Fields } from './fields.ts'

/** Where the fields of a migration region are that all generations have. */
export interface RegionLayout {
  readonly deviceState: number
  readonly dataOffset: number
  readonly dataSize: number
}

/** What the regions have in common: a state, and data that passes through a section, with its size told before or after. */
export abstract class RegionSide {
  protected readonly fields: Fields
  readonly #layout: RegionLayout

  constructor(fields: Fields, layout: RegionLayout) {
    this.fields = fields
    this.#layout = layout
  }

  async read(): Promise<Buffer | undefined> {
    const offset = await this.fields.u64(this.#layout.dataOffset)
    const size = await this.fields.u64(this.#layout.dataSize)
    return size === 0 ? undefined : await this.fields.bytes(offset, size)
  }

  async write(piece: Buffer): Promise<void> {
    const offset = await this.fields.u64(this.#layout.dataOffset)
    const room = this.fields.room(offset)
    for (let at = 0; at < piece.length; at += room) {
      const part = piece.subarray(at, at + room)
      await this.fields.setBytes(offset, part)
      await this.fields.setU64(this.#layout.dataSize, part.length)
    }
  }

  close(): Promise<void> {
    return this.fields.file.close()
  }

  protected state(): Promise<number> {
    return this.fields.u32(this.#layout.deviceState)
  }

  protected setState(state: number): Promise<void> {
    return this.fields.setU32(this.#layout.deviceState, state)
  }
}
