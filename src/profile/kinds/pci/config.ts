import { type Compiled, check, compile } from '../../../pci/config/index.ts'
import { PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE, PCI_STD_HEADER_SIZE } from '../../../pci/config-space.ts'
import { Refusal } from '../../schema/values.ts'

const LINE = /^([0-9a-f]{2,3}): ?((?:[0-9a-f]{2} ?)+)$/i

/** Configuration space as a profile gives it. */
export interface DescribedConfig {
  readonly bytes: Uint8Array
  /** What a description as text says besides: which bits can be written, and BARs with their sizes. */
  readonly compiled?: Compiled
}

/** What comes before the first statement of a .vpci text. */
const VPCI = /^(?:\s*#.*\n|\s)*vpci\s/

/** Bytes as lspci prints them, or text in the form of docs/config-space.md. */
export function parseConfig(text: string): DescribedConfig {
  if (!VPCI.test(text)) return { bytes: parseDump(text) }
  const [problem] = check(text)
  if (problem) throw new Refusal(problem.message, problem.line - 1)
  const compiled = compile(text)
  return { bytes: compiled.bytes, compiled }
}

/**
 * Configuration space as `lspci -x` and its longer forms print it: lines such as `00: 86 80 12 59`. What has no line is
 * zero. The size is 4096 bytes where a line lies beyond 256, otherwise 256.
 */
function parseDump(text: string): Uint8Array {
  const bytes = new Uint8Array(PCI_CFG_SPACE_EXP_SIZE)
  let end = 0
  for (const [number, line] of text
    .split('\n')
    .map(line => line.trim())
    .entries()) {
    if (line === '') continue
    const [, digits, values] = LINE.exec(line) ?? []
    if (digits === undefined)
      throw new Refusal(`${JSON.stringify(line.slice(0, 60))} is no line such as 00: 86 80 12 59`, number)
    const offset = Number.parseInt(digits, 16)
    const data = Buffer.from(values!.replaceAll(' ', ''), 'hex')
    if (offset + data.length > bytes.length) throw new Refusal(`${digits}: reaches beyond 4096 bytes`, number)
    bytes.set(data, offset)
    end = Math.max(end, offset + data.length)
  }
  if (end < PCI_STD_HEADER_SIZE) throw new Refusal('the header, the first 64 bytes, has to be there')
  return end > PCI_CFG_SPACE_SIZE ? bytes : bytes.subarray(0, PCI_CFG_SPACE_SIZE)
}
