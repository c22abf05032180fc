import { LITTLE } from '../vfio/argument.ts'
import { type DeviceFile, type RegionInfo, viewOf } from './device-file.ts'

/** The fields of a migration region, and the section behind them. */
export class Fields {
  readonly file: DeviceFile
  readonly #region: RegionInfo

  constructor(file: DeviceFile, region: RegionInfo) {
    this.file = file
    this.#region = region
  }

  async u32(offset: number): Promise<number> {
    return viewOf(await this.bytes(offset, 4)).getUint32(0, LITTLE)
  }

  async setU32(offset: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(4)
    viewOf(bytes).setUint32(0, value, LITTLE)
    await this.setBytes(offset, bytes)
  }

  async u64(offset: number): Promise<number> {
    return Number(viewOf(await this.bytes(offset, 8)).getBigUint64(0, LITTLE))
  }

  async setU64(offset: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(8)
    viewOf(bytes).setBigUint64(0, BigInt(value), LITTLE)
    await this.setBytes(offset, bytes)
  }

  bytes(offset: number, length: number): Promise<Buffer> {
    return this.file.read(this.#region.offset + offset, length)
  }

  setBytes(offset: number, bytes: Buffer): Promise<void> {
    return this.file.write(this.#region.offset + offset, bytes)
  }

  /** How many bytes fit in at once. */
  room(dataOffset: number): number {
    return this.#region.size - dataOffset
  }
}
