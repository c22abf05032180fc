import { endianness } from 'node:os'

/** Which half of a 64-bit number comes first: the protocol is in the host's byte order, and s390x is big-endian. */
const LOW = endianness() === 'LE' ? 0 : 1
const HIGH = 1 - LOW
const TWO_32 = 0x1_0000_0000

/** A buffer of structures in the byte order of the host. All offsets are in bytes and multiples of 4. */
export class Message {
  readonly bytes: Buffer
  readonly #words: Uint32Array

  constructor(size: number) {
    const memory = new ArrayBuffer(size)
    this.bytes = Buffer.from(memory)
    this.#words = new Uint32Array(memory)
  }

  u32(at: number): number {
    return this.#words[at >>> 2]!
  }

  setU32(at: number, value: number): void {
    this.#words[at >>> 2] = value
  }

  /** As a number: exact up to 2^53, which no node id, handle or offset in use here exceeds. */
  u64(at: number): number {
    const word = at >>> 2
    return this.#words[word + LOW]! + this.#words[word + HIGH]! * TWO_32
  }

  setU64(at: number, value: number): void {
    const word = at >>> 2
    this.#words[word + LOW] = value
    this.#words[word + HIGH] = Math.floor(value / TWO_32)
  }

  /** All 64 bits. */
  bigU64(at: number): bigint {
    const word = at >>> 2
    return BigInt(this.#words[word + LOW]!) | (BigInt(this.#words[word + HIGH]!) << 32n)
  }

  setBigU64(at: number, value: bigint): void {
    const word = at >>> 2
    this.#words[word + LOW] = Number(value & 0xffffffffn)
    this.#words[word + HIGH] = Number(value >> 32n)
  }

  zero(from: number, length: number): void {
    this.#words.fill(0, from >>> 2, (from + length) >>> 2)
  }

  /** The name that ends with a NUL before `end`, or undefined: then the message is malformed. */
  name(from: number, end: number): string | undefined {
    const nul = this.bytes.indexOf(0, from)
    return nul < 0 || nul >= end ? undefined : this.bytes.latin1Slice(from, nul)
  }
}

declare global {
  interface Buffer {
    /** Node's own; not in its types. */
    latin1Slice(start?: number, end?: number): string
    latin1Write(text: string, offset?: number): number
  }
}
