import { AER } from './config/extended.ts'
import { EXP, PM } from './config/standard.ts'
import { type Found, walk } from './config/walk.ts'

/** Bytes of status registers with the bits that a 1 clears: what once happened (RW1C in the specifications). */
type StatusBits = readonly (readonly [at: number, bits: number])[]

/** Parity error, aborts and system error of PCI_STATUS. */
const HEADER: StatusBits = [[0x07, 0xf9]]
/** The same of the bus behind a bridge, PCI_SEC_STATUS. */
const SECONDARY: StatusBits = [[0x1f, 0xf9]]

const CAPABILITIES: Readonly<Record<string, StatusBits>> = {
  // PME_Status
  [`cap ${PM}`]: [[0x05, 0x80]],
  // errors of the device, bandwidth of the link, events of the slot, PME of the root
  [`cap ${EXP}`]: [
    [0x0a, 0x0f],
    [0x13, 0xc0],
    [0x1a, 0x1f],
    [0x1b, 0x01],
    [0x22, 0x01],
  ],
  // uncorrectable and correctable errors, and those that a root port was told of
  [`ecap ${AER}`]: [...word(0x04), ...word(0x10), [0x30, 0x7f]],
}

/** All bits of a register of four bytes. */
function word(at: number): StatusBits {
  return [0, 1, 2, 3].map(byte => [at + byte, 0xff] as const)
}

function registers({ space, structure, at, size }: Found): StatusBits {
  const known = CAPABILITIES[`${space} ${structure.id}`] ?? []
  return known.filter(([offset]) => offset < size).map(([offset, bits]) => [at + offset, bits])
}

/** Clears what the written bytes have a 1 for. */
export function clearStatus(bytes: Uint8Array, offset: number, data: Uint8Array): void {
  const isBridge = (bytes[0x0e]! & 0x7f) === 1
  const { found } = walk(bytes)
  const status = [...HEADER, ...(isBridge ? SECONDARY : []), ...found.flatMap(registers)]
  for (const [at, bits] of status) bytes[at]! &= ~((data[at - offset] ?? 0) & bits)
}
