import { PCI_STD_HEADER_SIZE } from '../config-space.ts'
import { type Field, type FieldSpec, fixed, type Structure, writable } from './field.ts'
import { digits, hexadecimal, words } from './format.ts'

const hex8: FieldSpec = { bits: [7, 0], as: hexadecimal }
const hex16: FieldSpec = { bits: [15, 0], as: hexadecimal }
const id: FieldSpec = { bits: [15, 0], as: digits(4) }

const INTX = words({ none: 0, a: 1, b: 2, c: 3, d: 4 })

/** What headers of both types share. */
const common: readonly Field[] = [
  ...fixed(0x00, { vendor: id }),
  ...fixed(0x02, { device: id }),
  ...fixed(0x09, { class: { bits: [23, 0], as: digits(6) } }),
  ...fixed(0x08, { rev: { bits: [7, 0], as: digits(2) } }),
  ...fixed(0x3d, { intx: { bits: [7, 0], as: INTX } }),
  ...fixed(0x0e, { multi: 7 }),
  // I/O, memory, bus master, SERR and INTx disable
  ...writable(0x04, { command: { ...hex16, mask: 0x0507 } }),
  ...fixed(0x06, { status: hex16 }),
  ...writable(0x0c, { cacheline: hex8 }),
  ...fixed(0x0d, { latency: hex8 }),
  ...fixed(0x0f, { bist: hex8 }),
  ...writable(0x3c, { irq: hex8 }),
]

function header(type: number, title: string, fields: readonly Field[]): Structure {
  return {
    id: type,
    name: 'header',
    title,
    size: PCI_STD_HEADER_SIZE,
    fields: [...common, ...fields],
    many: false,
    versions: [],
  }
}

/** A function, and a bridge to another bus; base addresses have statements of their own. */
export const headers: readonly [Structure, Structure] = [
  header(0, 'Function', [
    ...fixed(0x2c, { subvendor: id }),
    ...fixed(0x2e, { subdevice: id }),
    ...fixed(0x28, { cardbus: { bits: [31, 0], as: hexadecimal } }),
    ...fixed(0x3e, { mingnt: hex8 }),
    ...fixed(0x3f, { maxlat: hex8 }),
  ]),
  header(1, 'Bridge', [
    ...writable(0x18, { primary: hex8 }),
    ...writable(0x19, { secondary: hex8 }),
    ...writable(0x1a, { subordinate: hex8 }),
    ...writable(0x1b, { seclatency: hex8 }),
    ...writable(0x1c, { iobase: { ...hex8, mask: 0xf0 } }),
    ...writable(0x1d, { iolimit: { ...hex8, mask: 0xf0 } }),
    ...fixed(0x1e, { secstatus: hex16 }),
    ...writable(0x20, { membase: { ...hex16, mask: 0xfff0 } }),
    ...writable(0x22, { memlimit: { ...hex16, mask: 0xfff0 } }),
    ...writable(0x24, { prefbase: { ...hex16, mask: 0xfff0 } }),
    ...writable(0x26, { preflimit: { ...hex16, mask: 0xfff0 } }),
    ...writable(0x28, { prefbasehi: { bits: [31, 0], as: hexadecimal } }),
    ...writable(0x2c, { preflimithi: { bits: [31, 0], as: hexadecimal } }),
    ...writable(0x30, { iobasehi: hex16 }),
    ...writable(0x32, { iolimithi: hex16 }),
    ...writable(0x3e, { control: { ...hex16, mask: 0x007f } }),
  ]),
]

/** Fields that the statement `id` gives, by its keywords; the others stand in `header`. */
export const ID_FIELDS = ['vendor', 'device', 'subvendor', 'subdevice', 'class', 'rev'] as const

export const BARS = [6, 2] as const
export const ROM_AT = [0x30, 0x38] as const
/** `PCI_STATUS_CAP_LIST` of PCI_STATUS. */
export const STATUS_AT = 0x06
export const STATUS_CAP_LIST = 0x10
export const CAPABILITY_LIST_AT = 0x34
