import { crc32 } from 'node:zlib'
import { Errno } from '../sysfs/lib/errno.ts'

/**
 * How a device's state is written, whatever carries it: a header, then records, each with a checksum; little-endian.
 *
 * | header | |
 * | --- | --- |
 * | 0 | `mdevstat` |
 * | 8 | version, 1 |
 * | 12 | bytes of a page, 4096 |
 * | 16 | bytes of memory inside the device |
 *
 * | record | |
 * | --- | --- |
 * | 0 | kind: 1 page of memory, 2 bytes of a region, 3 end |
 * | 4 | index of the region, else 0 |
 * | 8 | offset in memory or in the region; at the end, how many records went before |
 * | 16 | bytes that follow |
 * | 20 | CRC-32 of all of that but itself |
 */
export const PAGE = 4096
const MAGIC = Buffer.from('mdevstat')
const VERSION = 1
const HEADER = 24
export const RECORD = 24

export const Kind = { page: 1, region: 2, end: 3 } as const

export interface StateRecord {
  readonly kind: number
  readonly index: number
  readonly offset: number
  readonly bytes: Uint8Array
}

export function writeHeader(memory: number): Buffer {
  const header = Buffer.alloc(HEADER)
  MAGIC.copy(header)
  header.writeUInt32LE(VERSION, 8)
  header.writeUInt32LE(PAGE, 12)
  header.writeBigUInt64LE(BigInt(memory), 16)
  return header
}

export function writeRecord({ kind, index, offset, bytes }: StateRecord): Buffer {
  const record = Buffer.alloc(RECORD + bytes.length)
  record.writeUInt32LE(kind, 0)
  record.writeUInt32LE(index, 4)
  record.writeBigUInt64LE(BigInt(offset), 8)
  record.writeUInt32LE(bytes.length, 16)
  record.set(bytes, RECORD)
  record.writeUInt32LE(checksum(record), CHECKSUM)
  return record
}

const CHECKSUM = 20

function checksum(record: Buffer): number {
  return crc32(record.subarray(RECORD), crc32(record.subarray(0, CHECKSUM)))
}

/** Takes a stream apart that comes in pieces of any size. Every mistake is EINVAL, and the stream is of no use then. */
export class StateReader {
  readonly #memory: number
  readonly #take: (record: StateRecord) => void
  #rest: Buffer = Buffer.alloc(0)
  #begun = false
  #records = 0
  /** The end was read. */
  complete = false

  /** @param memory bytes of memory inside the device that reads */
  constructor(memory: number, take: (record: StateRecord) => void) {
    this.#memory = memory
    this.#take = take
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.complete) throw new Errno('EINVAL', 'the state goes on behind its end')
    // what is left at the end is copied; what was read is not looked at again
    const { buffer, byteOffset, length } = bytes
    let rest =
      this.#rest.length === 0 ? Buffer.from(buffer, byteOffset, length) : Buffer.concat([this.#rest, bytes])
    if (!this.#begun) {
      if (rest.length >= HEADER) {
        this.#checkHeader(rest)
        this.#begun = true
        rest = rest.subarray(HEADER)
      } else if (!MAGIC.subarray(0, rest.length).equals(rest.subarray(0, MAGIC.length)))
        throw new Errno('EINVAL', 'no state of a device')
    }
    while (this.#begun && rest.length >= RECORD) {
      const length = rest.readUInt32LE(16)
      if (length > PAGE) throw new Errno('EINVAL', `a record of ${length} bytes is longer than a page`)
      if (rest.length < RECORD + length) break
      this.#record(rest.subarray(0, RECORD + length))
      rest = rest.subarray(RECORD + length)
      if (this.complete && rest.length > 0) throw new Errno('EINVAL', 'the state goes on behind its end')
    }
    this.#rest = Buffer.from(rest)
  }

  #checkHeader(header: Buffer): void {
    if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw new Errno('EINVAL', 'no state of a device')
    const version = header.readUInt32LE(8)
    if (version !== VERSION)
      throw new Errno('EINVAL', `the state is of version ${version}, and ${VERSION} is known here`)
    const page = header.readUInt32LE(12)
    if (page !== PAGE) throw new Errno('EINVAL', `the state has pages of ${page} bytes`)
    const memory = header.readBigUInt64LE(16)
    if (memory !== BigInt(this.#memory))
      throw new Errno('EINVAL', `the state has ${memory} bytes of memory, the device ${this.#memory}`)
  }

  #record(record: Buffer): void {
    const kind = record.readUInt32LE(0)
    const offset = record.readBigUInt64LE(8)
    const bytes = record.subarray(RECORD)
    if (checksum(record) !== record.readUInt32LE(CHECKSUM))
      throw new Errno('EINVAL', 'a record was changed on its way')
    if (kind === Kind.end) {
      if (bytes.length > 0 || offset !== BigInt(this.#records))
        throw new Errno('EINVAL', `${this.#records} records came, of ${offset}`)
      this.complete = true
      return
    }
    if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new Errno('EINVAL', 'an offset beyond all')
    this.#records++
    this.#take({ kind, index: record.readUInt32LE(4), offset: Number(offset), bytes })
  }
}
