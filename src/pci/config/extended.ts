import { type Field, type FieldSpec, fixed, type Structure, type View, writable } from './field.ts'
import { hexadecimal, oneLess, power, wrapping } from './format.ts'
import { PORT_TYPES } from './standard.ts'

/** Bits 15:0 of the first dword are the id, 19:16 the version, 31:20 the offset of the next one. */
export const EXTENDED_HEADER_SIZE = 4

type Init = Partial<Pick<Structure, 'tail' | 'many' | 'versions'>>

function extended(
  id: number,
  name: string,
  title: string,
  size: Structure['size'],
  fields: readonly Field[],
  init: Init = {},
): Structure {
  const versions = init.versions ?? [1]
  const ver = fixed(0, { ver: { bits: [19, 16], initial: versions.at(-1)! } })
  return { id, name, title, size, fields: [...ver, ...fields], many: false, ...init, versions }
}

/** An extended capability without a name: its header, and the rest raw. */
export function unnamedExtended(id: number): Structure {
  return extended(id, `0x${id.toString(16).padStart(4, '0')}`, 'unknown', EXTENDED_HEADER_SIZE, [], {
    many: true,
  })
}

const hex32: FieldSpec = { bits: [31, 0], as: hexadecimal }
const hex16: FieldSpec = { bits: [15, 0], as: hexadecimal }

export const AER = 0x0001
export const ARI = 0x000e
export const SRIOV = 0x0010
export const REBAR = 0x0015
export const PASID = 0x001b

const dwords = (size: number) => Math.ceil(size / 4) * 4

function isRoot({ port }: View): boolean {
  return port === PORT_TYPES.root || port === PORT_TYPES.rcec
}

/** An egress control vector has one bit for each port or function, in whole dwords; a size of 0 means 256. */
function acsSize(view: View): number {
  const egress = view.bits(4, 5, 1) === 1
  return egress ? 8 + dwords((view.bits(5, 0, 8) || 256) / 8) : 8
}

const MOST_RESIZABLE = 6

/** Capability and control of each resizable BAR; the first control tells how many there are. */
function rebarFields(): Field[] {
  const fields: Field[] = []
  for (let i = 0; i < MOST_RESIZABLE; i++) {
    const at = 4 + i * 8
    const count = i === 0 ? { count: { bits: [7, 5], initial: 1 } satisfies FieldSpec } : {}
    fields.push(
      ...fixed(at + 4, { ...count, [`bar${i}`]: [2, 0] }),
      // bit 4 is one megabyte
      ...fixed(at, { [`sizes${i}`]: { bits: [31, 4], as: hexadecimal } }),
      ...writable(at + 4, { [`size${i}`]: { bits: [12, 8], as: power(1) } }),
    )
  }
  return fields
}

function tphSize(view: View): number {
  const inside = view.bits(4, 9, 2) === 1
  return inside ? dwords(12 + 2 * (view.bits(4, 16, 11) + 1)) : 12
}

function vendorLength(view: View, least: number): number {
  return Math.max(least, view.bits(4, 20, 12))
}

const vfBars: Field[] = Array.from({ length: 6 }, (_, i) =>
  fixed(0x24 + 4 * i, { [`bar${i}`]: hex32 }),
).flat()

/** Named only: their bytes beyond the header are raw. */
const HEADER_ONLY: readonly (readonly [id: number, name: string, title: string, many?: boolean])[] = [
  [0x0002, 'vc', 'Virtual Channel'],
  [0x0005, 'rcld', 'Root Complex Link Declaration'],
  [0x0006, 'rcilc', 'Root Complex Internal Link Control'],
  [0x0007, 'rcec', 'Root Complex Event Collector'],
  [0x0008, 'mfvc', 'Multi-Function Virtual Channel'],
  [0x0009, 'vc9', 'Virtual Channel beside MFVC'],
  [0x000a, 'rcrb', 'Root Complex Register Block'],
  [0x000c, 'cac', 'Configuration access correlation'],
  [0x0011, 'mriov', 'Multi Root I/O Virtualization'],
  [0x0012, 'mcast', 'Multicast'],
  [0x0014, 'amd', 'reserved for AMD', true],
  [0x0016, 'dpa', 'Dynamic Power Allocation'],
  [0x001a, 'pmux', 'Protocol Multiplexing'],
  [0x0029, 'npem', 'Native PCIe Enclosure Management'],
  [0x002a, 'pl32gt', 'Physical Layer 32 GT/s'],
  [0x002e, 'doe', 'Data Object Exchange', true],
]

/** Capabilities from 0x100 on (include/uapi/linux/pci_regs.h); sizes as vfio-pci counts them. */
export const extendedCapabilities: readonly Structure[] = [
  extended(
    AER,
    'aer',
    'Advanced Error Reporting',
    view => (isRoot(view) ? 0x38 : 0x2c),
    [
      ...fixed(0x04, { uncstatus: hex32 }),
      ...writable(0x08, { uncmask: hex32 }),
      ...writable(0x0c, { uncsev: hex32 }),
      ...fixed(0x10, { corstatus: hex32 }),
      ...writable(0x14, { cormask: hex32 }),
      ...fixed(0x18, { first: [4, 0], ecrcgen: 5, ecrcchk: 7, multi: 9, prefixlog: 11 }),
      ...writable(0x18, { ecrcgenen: 6, ecrcchken: 8, multien: 10 }),
      ...fixed(0x1c, { log0: hex32 }),
      ...fixed(0x20, { log1: hex32 }),
      ...fixed(0x24, { log2: hex32 }),
      ...fixed(0x28, { log3: hex32 }),
      ...writable(0x2c, { rootcmd: { ...hex32, mask: 0x7 } }),
      ...fixed(0x30, { rootstatus: hex32 }),
      ...fixed(0x34, { corsource: hex16 }),
      ...fixed(0x36, { uncsource: hex16 }),
    ],
    { versions: [1, 2] },
  ),
  extended(0x0003, 'dsn', 'Device Serial Number', 12, [
    ...fixed(0x04, { low: hex32 }),
    ...fixed(0x08, { high: hex32 }),
  ]),
  extended(0x0004, 'pwr', 'Power Budgeting', 16, [
    ...writable(0x04, { select: { bits: [7, 0], as: hexadecimal } }),
    ...fixed(0x08, { data: hex32 }),
    ...fixed(0x0c, { sysalloc: 0 }),
  ]),
  extended(
    0x000b,
    'vsec',
    'Vendor-Specific Extended',
    view => vendorLength(view, 8),
    fixed(0x04, {
      id: { bits: [15, 0], as: hexadecimal },
      rev: [19, 16],
      len: [31, 20],
    }),
    { tail: { at: 8, length: 'len' }, many: true },
  ),
  extended(0x000d, 'acs', 'Access Control Services', acsSize, [
    ...fixed(0x04, { sv: 0, tb: 1, rr: 2, cr: 3, uf: 4, ec: 5, dt: 6 }),
    ...fixed(0x05, { vector: [7, 0] }),
    ...writable(0x06, { ctrl: { bits: [6, 0], as: hexadecimal } }),
  ]),
  extended(ARI, 'ari', 'Alternative Routing-ID Interpretation', 8, [
    ...fixed(0x04, { mfvc: 0, acs: 1, next: [15, 8] }),
    ...writable(0x06, { mfvcen: 0, acsen: 1, group: [6, 4] }),
  ]),
  extended(0x000f, 'ats', 'Address Translation Services', 8, [
    ...fixed(0x04, { depth: { bits: [4, 0], as: wrapping(32), initial: 0 }, aligned: 5 }),
    ...writable(0x06, { stu: [4, 0], enable: 15 }),
  ]),
  extended(SRIOV, 'sriov', 'Single Root I/O Virtualization', 0x40, [
    ...fixed(0x04, { migration: 0, arihier: 1, tag10: 2, migirq: [31, 21] }),
    ...writable(0x08, { vfe: 0, vfme: 1, vfmie: 2, mse: 3, ari: 4, tag10en: 5 }),
    ...fixed(0x0a, { status: hex16 }),
    ...fixed(0x0c, { initial: [15, 0] }),
    ...fixed(0x0e, { total: [15, 0] }),
    ...writable(0x10, { num: [15, 0] }),
    ...fixed(0x12, { link: [7, 0] }),
    ...fixed(0x14, { offset: [15, 0] }),
    ...fixed(0x16, { stride: [15, 0] }),
    ...fixed(0x1a, { device: hex16 }),
    ...fixed(0x1c, { pages: hex32 }),
    ...writable(0x20, { page: hex32 }),
    ...vfBars,
    ...fixed(0x3c, { migarray: hex32 }),
  ]),
  extended(0x0013, 'pri', 'Page Request Interface', 16, [
    ...writable(0x04, { enable: 0, reset: 1 }),
    ...fixed(0x06, { rf: 0, uprgi: 1, stopped: 8, pasid: 15 }),
    ...fixed(0x08, { capacity: [31, 0] }),
    ...writable(0x0c, { allocation: [31, 0] }),
  ]),
  extended(REBAR, 'rebar', 'Resizable BAR', view => 4 + 8 * Math.max(1, view.bits(8, 5, 3)), rebarFields()),
  extended(0x0017, 'tph', 'TPH Requester', tphSize, [
    ...fixed(0x04, {
      nost: 0,
      vector: 1,
      specific: 2,
      ext: 8,
      location: [10, 9],
      entries: { bits: [26, 16], as: oneLess },
    }),
    ...writable(0x08, { mode: [2, 0], enable: [9, 8] }),
  ]),
  extended(0x0018, 'ltr', 'Latency Tolerance Reporting', 8, [
    ...writable(0x04, { snoop: [9, 0], snoopscale: [12, 10] }),
    ...writable(0x06, { nosnoop: [9, 0], nosnoopscale: [12, 10] }),
  ]),
  extended(0x0019, 'secpcie', 'Secondary PCI Express', view => 12 + dwords(2 * view.lanes), [
    ...writable(0x04, { equalize: 0, eqirq: 1, lowerskp: { bits: [15, 9], as: hexadecimal } }),
    ...fixed(0x08, { laneerr: hex32 }),
  ]),
  extended(PASID, 'pasid', 'Process Address Space ID', 8, [
    ...fixed(0x04, { exec: 1, priv: 2, width: { bits: [12, 8], initial: 20 } }),
    ...writable(0x06, { enable: 0, execen: 1, priven: 2 }),
  ]),
  extended(
    0x001d,
    'dpc',
    'Downstream Port Containment',
    // the log of root ports comes with the root port extensions
    view => (view.bits(4, 5, 1) === 1 ? 0x20 + 4 * view.bits(4, 8, 4) : 0x0c),
    [
      ...fixed(0x04, { irq: [4, 0], rpext: 5, poisoned: 6, software: 7, logsize: [11, 8], dlactive: 12 }),
      ...writable(0x06, { ctl: { bits: [15, 0], as: hexadecimal, mask: 0x01bf } }),
      ...fixed(0x08, { status: hex16 }),
      ...fixed(0x0a, { source: hex16 }),
      ...fixed(0x0c, { piostatus: hex32 }),
      ...writable(0x10, { piomask: hex32 }),
      ...writable(0x14, { piosev: hex32 }),
      ...writable(0x18, { piosyserr: hex32 }),
      ...writable(0x1c, { pioexc: hex32 }),
    ],
  ),
  extended(0x001e, 'l1ss', 'L1 PM Substates', 16, [
    ...fixed(0x04, {
      pm12: 0,
      pm11: 1,
      aspm12: 2,
      aspm11: 3,
      supported: 4,
      restore: [15, 8],
      onscale: [17, 16],
      onvalue: [23, 19],
    }),
    ...writable(0x08, { ctl1: { ...hex32, mask: 0xe3ff_ff0f } }),
    ...writable(0x0c, { ctl2: { ...hex32, mask: 0xfb } }),
  ]),
  extended(0x001f, 'ptm', 'Precision Time Measurement', 12, [
    ...fixed(0x04, { requester: 0, responder: 1, root: 2, granularity: [15, 8] }),
    ...writable(0x08, { enable: 0, select: 1, effective: [15, 8] }),
  ]),
  extended(
    0x0023,
    'dvsec',
    'Designated Vendor-Specific',
    view => vendorLength(view, 12),
    [
      ...fixed(0x04, { vendor: { bits: [15, 0], as: hexadecimal }, rev: [19, 16], len: [31, 20] }),
      ...fixed(0x08, { id: hex16 }),
    ],
    { tail: { at: 0x0a, length: 'len' }, many: true },
  ),
  extended(0x0025, 'dlf', 'Data Link Feature', 12, [
    ...fixed(0x04, { scaled: 0, features: { bits: [22, 1], as: hexadecimal }, exchange: 31 }),
    ...fixed(0x08, { partner: { bits: [22, 0], as: hexadecimal }, valid: 31 }),
  ]),
  extended(0x0026, 'pl16gt', 'Physical Layer 16 GT/s', view => 0x20 + dwords(view.lanes), [
    ...fixed(0x04, { cap: hex32 }),
    ...fixed(0x08, { ctl: hex32 }),
    ...fixed(0x0c, { complete: 0, phase1: 1, phase2: 2, phase3: 3, request: 4 }),
    ...fixed(0x10, { parity: hex32 }),
    ...fixed(0x14, { retimer1: hex32 }),
    ...fixed(0x18, { retimer2: hex32 }),
  ]),
  ...HEADER_ONLY.map(([id, name, title, many = false]) =>
    extended(id, name, title, EXTENDED_HEADER_SIZE, [], { many }),
  ),
]
