import { type Field, fixed, type Structure, type View, writable } from './field.ts'
import { decimal, hexadecimal, oneLess, place, power, words } from './format.ts'

/** Byte 0 is the id, byte 1 the offset of the next one. */
export const CAPABILITY_HEADER_SIZE = 2

type Init = Partial<Pick<Structure, 'tail' | 'many'>>

function capability(
  id: number,
  name: string,
  title: string,
  size: Structure['size'],
  fields: readonly Field[],
  init: Init = {},
): Structure {
  return { id, name, title, size, fields, many: false, versions: [], ...init }
}

export const PM = 0x01
export const MSI = 0x05
export const EXP = 0x10
export const MSIX = 0x11
export const AF = 0x13

/** Values of PCI_EXP_FLAGS_TYPE. */
export const PORT_TYPES = {
  endpoint: 0,
  legacy: 1,
  root: 4,
  upstream: 5,
  downstream: 6,
  'pcie-pci': 7,
  'pci-pcie': 8,
  rciep: 9,
  rcec: 10,
} as const

/** Gigatransfers per second by the link speed's code. */
const SPEEDS = words({ none: 0, '2.5': 1, '5': 2, '8': 3, '16': 4, '32': 5, '64': 6 })
const PAYLOAD = power(128)

const msi64 = (view: View) => view.bits(2, 7, 1) === 1
const msi32 = (view: View) => !msi64(view)
const msiMask = (view: View) => view.bits(2, 8, 1) === 1

/** 10, 14, 20 or 24 bytes. */
function msiSize(view: View): number {
  return 10 + (msi64(view) ? 4 : 0) + (msiMask(view) ? 10 : 0)
}

/** Where the mask bits of MSI start; the pending bits follow. */
function msiMaskFields(at: number, when: (view: View) => boolean): Field[] {
  return [
    ...writable(at, { mask: { bits: [31, 0], as: hexadecimal, when } }),
    ...fixed(at + 4, { pending: { bits: [31, 0], as: hexadecimal, when } }),
  ]
}

/**
 * Version 1 ends where the kind of port ends; version 2 has all registers, those of slots at its end, but integrated
 * endpoints no link.
 */
function expressSize(view: View): number {
  const version = view.bits(2, 0, 4)
  const port = view.bits(2, 4, 4)
  const slot = view.bits(2, 8, 1) === 1
  const integrated = port === PORT_TYPES.rciep
  if (version >= 2) return integrated ? 0x2c : slot ? 0x3c : 0x34
  if (integrated) return 0x0c
  return port === PORT_TYPES.root || port === PORT_TYPES.rcec ? 0x24 : slot ? 0x1c : 0x14
}

/** Named only: their bytes beyond the header are raw. */
const HEADER_ONLY: readonly (readonly [id: number, name: string, title: string, many?: boolean])[] = [
  [0x02, 'agp', 'Accelerated Graphics Port'],
  [0x06, 'chswp', 'CompactPCI HotSwap'],
  [0x08, 'ht', 'HyperTransport', true],
  [0x0a, 'dbg', 'Debug port'],
  [0x0b, 'ccrc', 'CompactPCI central resource control'],
  [0x0e, 'agp3', 'AGP target bridge'],
  [0x0f, 'secdev', 'Secure device'],
  [0x14, 'ea', 'Enhanced Allocation'],
]

/** Capabilities from 0x40 to 0xff (include/uapi/linux/pci_regs.h); sizes as vfio-pci counts them. */
export const standardCapabilities: readonly Structure[] = [
  capability(PM, 'pm', 'Power Management', 8, [
    ...fixed(0x02, {
      ver: { bits: [2, 0], initial: 3 },
      clock: 3,
      immediate: 4,
      dsi: 5,
      aux: [8, 6],
      d1: 9,
      d2: 10,
      pme: { bits: [15, 11], as: hexadecimal },
    }),
    ...writable(0x04, { state: [1, 0], pmeen: 8, select: [12, 9] }),
    ...fixed(0x04, { nosoftreset: 3, scale: [14, 13], pmestatus: 15 }),
    ...fixed(0x06, { bridge: { bits: [7, 0], as: hexadecimal } }),
    ...fixed(0x07, { data: { bits: [7, 0], as: hexadecimal } }),
  ]),
  capability(0x03, 'vpd', 'Vital Product Data', 8, [
    ...writable(0x02, { address: { bits: [14, 0], as: hexadecimal }, flag: 15 }),
    ...writable(0x04, { data: { bits: [31, 0], as: hexadecimal } }),
  ]),
  capability(0x04, 'slotid', 'Slot identification', 4, [
    ...fixed(0x02, { slots: [4, 0], first: 5 }),
    ...writable(0x03, { chassis: [7, 0] }),
  ]),
  capability(MSI, 'msi', 'Message Signalled Interrupts', msiSize, [
    ...fixed(0x02, { '64bit': 7, maskable: 8, vectors: { bits: [3, 1], as: power(1) }, extdata: 9 }),
    ...writable(0x02, { enable: 0, enabled: { bits: [6, 4], as: power(1) }, extdataen: 10 }),
    ...writable(0x04, { addr: { bits: [31, 0], as: hexadecimal, mask: 0xffff_fffc } }),
    ...writable(0x08, {
      addrhi: { bits: [31, 0], as: hexadecimal, when: msi64 },
      data: { bits: [15, 0], as: hexadecimal, when: msi32 },
    }),
    ...writable(0x0c, { data: { bits: [15, 0], as: hexadecimal, when: msi64 } }),
    ...msiMaskFields(0x0c, view => msi32(view) && msiMask(view)),
    ...msiMaskFields(0x10, view => msi64(view) && msiMask(view)),
  ]),
  capability(0x07, 'pcix', 'PCI-X', 8, [
    ...writable(0x02, { command: { bits: [15, 0], as: hexadecimal, mask: 0x007f } }),
    ...fixed(0x04, { status: { bits: [31, 0], as: hexadecimal } }),
  ]),
  capability(
    0x09,
    'vndr',
    'Vendor-specific',
    view => Math.max(3, view.bits(2, 0, 8)),
    fixed(0x02, { len: [7, 0] }),
    { tail: { at: 3, length: 'len' }, many: true },
  ),
  capability(0x0c, 'shpc', 'Standard Hot-Plug Controller', 8, [
    ...writable(0x02, { select: { bits: [7, 0], as: hexadecimal } }),
    ...fixed(0x03, { pending: { bits: [7, 0], as: hexadecimal } }),
    ...writable(0x04, { data: { bits: [31, 0], as: hexadecimal } }),
  ]),
  capability(0x0d, 'ssvid', 'Bridge subsystem ids', 8, [
    ...fixed(0x04, { vendor: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x06, { device: { bits: [15, 0], as: hexadecimal } }),
  ]),
  capability(EXP, 'exp', 'PCI Express', expressSize, [
    ...fixed(0x02, {
      ver: { bits: [3, 0], initial: 2 },
      port: { bits: [7, 4], as: words(PORT_TYPES) },
      slot: 8,
      irq: [13, 9],
    }),
    ...fixed(0x04, {
      mps: { bits: [2, 0], as: PAYLOAD },
      phantom: [4, 3],
      exttag: 5,
      l0slat: [8, 6],
      l1lat: [11, 9],
      rber: 15,
      slotpower: [25, 18],
      slotscale: [27, 26],
      flr: 28,
    }),
    ...writable(0x08, { devctl: { bits: [14, 0], as: hexadecimal } }),
    ...fixed(0x0a, { devsta: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x0c, {
      speed: { bits: [3, 0], as: SPEEDS },
      width: [9, 4],
      aspm: [11, 10],
      l0sexit: [14, 12],
      l1exit: [17, 15],
      clockpm: 18,
      surprise: 19,
      dllactive: 20,
      bwnotify: 21,
      aspmopt: 22,
      linkport: [31, 24],
    }),
    ...writable(0x10, { lnkctl: { bits: [15, 0], as: hexadecimal, mask: 0x0fdb } }),
    ...fixed(0x12, {
      curspeed: { bits: [3, 0], as: SPEEDS },
      curwidth: [9, 4],
      lnksta: { bits: [15, 10], as: hexadecimal },
    }),
    ...fixed(0x14, { sltcap: { bits: [18, 0], as: hexadecimal }, sltnum: [31, 19] }),
    ...writable(0x18, { sltctl: { bits: [15, 0], as: hexadecimal, mask: 0x7fff } }),
    ...fixed(0x1a, { sltsta: { bits: [15, 0], as: hexadecimal } }),
    ...writable(0x1c, { rtctl: { bits: [15, 0], as: hexadecimal, mask: 0x001f } }),
    ...fixed(0x1e, { rtcap: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x20, { rtsta: { bits: [31, 0], as: hexadecimal } }),
    ...fixed(0x24, {
      cto: { bits: [3, 0], as: hexadecimal },
      ctodis: 4,
      ari: 5,
      atomic: { bits: [10, 6], as: hexadecimal },
      ltr: 11,
      tph: [13, 12],
      tag10: [17, 16],
      obff: [19, 18],
      extfmt: 20,
      prefix: 21,
      prefixes: [23, 22],
    }),
    ...writable(0x28, { devctl2: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x2a, { devsta2: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x2c, { speeds: { bits: [7, 1], as: hexadecimal }, crosslink: 8, drs: 31 }),
    ...writable(0x30, {
      target: { bits: [3, 0], as: SPEEDS },
      lnkctl2: { bits: [15, 4], as: hexadecimal },
    }),
    ...fixed(0x32, { lnksta2: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x34, { sltcap2: { bits: [31, 0], as: hexadecimal } }),
    ...writable(0x38, { sltctl2: { bits: [15, 0], as: hexadecimal } }),
    ...fixed(0x3a, { sltsta2: { bits: [15, 0], as: hexadecimal } }),
  ]),
  capability(MSIX, 'msix', 'MSI-X', 12, [
    ...fixed(0x02, { vectors: { bits: [10, 0], as: oneLess } }),
    ...writable(0x02, { maskall: 14, enable: 15 }),
    ...fixed(0x04, { table: { bits: [31, 0], as: place } }),
    ...fixed(0x08, { pba: { bits: [31, 0], as: place } }),
  ]),
  capability(0x12, 'sata', 'SATA data and index', 8, [
    ...fixed(0x02, { minor: [3, 0], major: [7, 4] }),
    ...fixed(0x04, { bar: { bits: [3, 0], as: hexadecimal }, offset: { bits: [23, 4], as: hexadecimal } }),
  ]),
  capability(AF, 'af', 'Advanced Features', 6, [
    ...fixed(0x02, { len: { bits: [7, 0], as: decimal, initial: 6 } }),
    ...fixed(0x03, { tp: 0, flr: 1 }),
    ...fixed(0x05, { pending: 0 }),
  ]),
  ...HEADER_ONLY.map(([id, name, title, many = false]) =>
    capability(id, name, title, CAPABILITY_HEADER_SIZE, [], { many }),
  ),
]
