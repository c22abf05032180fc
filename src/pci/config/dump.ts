import { PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE } from '../config-space.ts'
import { ROM_INDEX } from './derive.ts'
import { ConfigError, hexOffset, NOWHERE, type Problem } from './layout.ts'
import { parseSize } from './size.ts'

/** The bytes of one function, as a file or a program gave them. */
export interface Dump {
  /** `0000:00:02.0`, or `00:02.0`; absent where nobody says. */
  readonly address: string | undefined
  readonly bytes: Uint8Array
  /** Sizes of the BARs where `lspci -v` names them; 6 is the expansion ROM. */
  readonly barSizes: readonly (bigint | undefined)[]
}

const ADDRESS = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7])(?:\s|$)/i
const BYTES = /^([0-9a-f]{2,3}):((?: [0-9a-f]{2}){1,16})$/i
const REGION = /^\s+Region ([0-5]): .*\[size=(\d+[KMGTPE]?)\]/
const ROM = /^\s+Expansion ROM .*\[size=(\d+[KMGTPE]?)\]/
/** A umockdev device file has it in a line of its own. */
const UMOCKDEV = /^H: config=([0-9a-f]+)$/i
const HEX = /^[0-9a-f\s]+$/i
const BYTES_A_LINE = 16

/**
 * Reads what holds configuration spaces: the bytes themselves, their hexadecimal digits, what `lspci -xxxx` prints (with
 * the sizes of BARs where it has -v too) for one function or many, or the device file of umockdev.
 *
 * @throws ConfigError for what is none of these, and where bytes are missing
 */
export function readDumps(data: Uint8Array): readonly Dump[] {
  if (isSize(data.length) && !isText(data)) return [{ address: undefined, bytes: data, barSizes: [] }]
  const text = Buffer.from(data).toString('latin1')
  if (HEX.test(text)) return [hexDump(text.replace(/\s+/g, ''))]
  return new DumpReader().read(text)
}

function isSize(length: number): length is 256 | 4096 {
  return length === PCI_CFG_SPACE_SIZE || length === PCI_CFG_SPACE_EXP_SIZE
}

function isText(data: Uint8Array): boolean {
  return data.every(byte => (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}

function hexDump(digits: string, line = 0): Dump {
  const bytes = Buffer.from(digits, 'hex')
  if (!isSize(bytes.length)) throw new ConfigError([sizeProblem(bytes.length, line)])
  return { address: undefined, bytes: Uint8Array.from(bytes), barSizes: [] }
}

function sizeProblem(size: number, line: number): Problem {
  const message = `configuration space has 256 or 4096 bytes and these are ${size}, dump all of them as root (lspci -xxxx)`
  return { line, column: line === 0 ? 0 : 1, message }
}

/** What is known so far of the function whose lines come. */
interface Pending {
  address: string | undefined
  readonly line: number
  readonly bytes: Uint8Array
  end: number
  readonly barSizes: (bigint | undefined)[]
}

class DumpReader {
  readonly #dumps: Dump[] = []
  readonly #problems: Problem[] = []
  #pending: Pending | undefined

  read(text: string): readonly Dump[] {
    for (const [index, line] of text.split(/\r?\n/).entries()) this.#line(line, index + 1)
    this.#finish()
    if (this.#problems.length > 0) throw new ConfigError(this.#problems)
    if (this.#dumps.length === 0) {
      const message =
        'no configuration space is here, give its bytes, hexadecimal digits, or what lspci -xxxx prints'
      throw new ConfigError([{ ...NOWHERE, message }])
    }
    return this.#dumps
  }

  #line(line: string, number: number): void {
    const [, digits] = UMOCKDEV.exec(line) ?? []
    if (digits !== undefined) {
      this.#dumps.push(hexDump(digits, number))
      return
    }
    const [, address] = ADDRESS.exec(line) ?? []
    if (address !== undefined) {
      this.#finish()
      this.#pending = this.#start(address, number)
      return
    }
    const [, region, size] = REGION.exec(line) ?? []
    if (this.#pending && size !== undefined) this.#pending.barSizes[Number(region)] = parseSize(size)
    const [, romSize] = ROM.exec(line) ?? []
    if (this.#pending && romSize !== undefined) this.#pending.barSizes[ROM_INDEX] = parseSize(romSize)
    this.#bytes(line.trimEnd(), number)
  }

  #start(address: string | undefined, line: number): Pending {
    return { address, line, bytes: new Uint8Array(PCI_CFG_SPACE_EXP_SIZE), end: 0, barSizes: [] }
  }

  #bytes(line: string, number: number): void {
    const [, offset, digits] = BYTES.exec(line) ?? []
    if (offset === undefined) return
    this.#pending ??= this.#start(undefined, number)
    const at = Number.parseInt(offset, 16)
    if (at !== this.#pending.end) {
      const message = `bytes at ${offset} where those at ${hexOffset(this.#pending.end)} should follow, dump all of them`
      this.#problems.push({ line: number, column: 1, offset: at, message })
      return
    }
    const bytes = Buffer.from(digits!.replaceAll(' ', ''), 'hex')
    this.#pending.bytes.set(bytes.subarray(0, PCI_CFG_SPACE_EXP_SIZE - at), at)
    this.#pending.end = at + bytes.length
  }

  #finish(): void {
    const pending = this.#pending
    this.#pending = undefined
    if (!pending) return
    const { address, line, bytes, end, barSizes } = pending
    if (isSize(end)) this.#dumps.push({ address, bytes: bytes.slice(0, end), barSizes })
    else this.#problems.push(sizeProblem(end, line))
  }
}

/** The digits alone, and a line feed. */
export function writeHex(bytes: Uint8Array): string {
  return `${Buffer.from(bytes).toString('hex')}\n`
}

/** What `lspci -F` reads. */
export function writeDump(bytes: Uint8Array, address: string, title: string): string {
  const lines = [`${address} ${title}`]
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    const digits = Buffer.from(bytes.subarray(at, at + BYTES_A_LINE)).toString('hex')
    lines.push(`${hexOffset(at)}: ${digits.replace(/..(?=.)/g, '$& ')}`)
  }
  return `${lines.join('\n')}\n\n`
}
