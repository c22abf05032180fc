import { endianness } from 'node:os'
import type { DeviceFile, RegionInfo } from './device-file.ts'

const LITTLE = endianness() === 'LE'

/** The fields of a migration region, and the section behind them. */
export class Fields {
  readonly file: DeviceFile
  readonly #region: RegionInfo

  constructor(file: DeviceFile, region: RegionInfo) {
    this.file = file
    this.#region = region
  }

  async u32(offset: number): Promise<number> {
    const bytes = await this.bytes(offset, 4)
    return LITTLE ? bytes.readUInt32LE() : bytes.readUInt32BE()
  }

  async setU32(offset: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(4)
    if (LITTLE) bytes.writeUInt32LE(value)
    else bytes.writeUInt32BE(value)
    await this.setBytes(offset, bytes)
  }

  async u64(offset: number): Promise<number> {
    const bytes = await this.bytes(offset, 8)
    return Number(LITTLE ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE())
  }

  async setU64(offset: number, value: number): Promise<void> {
    const bytes = Buffer.alloc(8)
    if (LITTLE) bytes.writeBigUInt64LE(BigInt(value))
    else bytes.writeBigUInt64BE(BigInt(value))
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
