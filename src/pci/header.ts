import { setBits } from './config/bits.ts'
import { fieldsOf } from './config/field.ts'
import { walk } from './config/walk.ts'
import {
  ConfigSpace,
  PCI_BASE_ADDRESS_0,
  PCI_CFG_SPACE_SIZE,
  PCI_COMMAND,
  PCI_HEADER_TYPE,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
} from './config-space.ts'
import type { PciIdentity } from './device.ts'
import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  NO_RESOURCE,
  PCI_STD_NUM_BARS,
  type PciResource,
  resourceSize,
} from './resource.ts'

/** Offsets of both headers (include/uapi/linux/pci_regs.h). */
const PCI_CLASS_REVISION = 0x08
const PCI_CACHE_LINE_SIZE = 0x0c
const PCI_INTERRUPT_LINE = 0x3c
const PCI_INTERRUPT_PIN = 0x3d
/** Of the header of type 0. */
const PCI_SUBSYSTEM_VENDOR_ID = 0x2c
const PCI_ROM_ADDRESS = 0x30
/** Of the header of type 1. */
const PCI_PRIMARY_BUS = 0x18
const PCI_SEC_LATENCY_TIMER = 0x1b
const PCI_IO_BASE = 0x1c
const PCI_IO_LIMIT = 0x1d
const PCI_MEMORY_BASE = 0x20
const PCI_PREF_LIMIT_UPPER32 = 0x2c
const PCI_BRIDGE_ROM_ADDRESS = 0x38
const PCI_BRIDGE_CONTROL = 0x3e

/** Decoding, bus mastering, SERR and INTx disable: what software writes in PCI_COMMAND. */
const COMMAND_BITS = 0x0507
const BRIDGE_CONTROL_BITS = 0x007f

/** Number of the resource that is the expansion ROM. */
export const PCI_ROM_RESOURCE = 6
const BRIDGE_BARS = 2

export interface HeaderInit {
  readonly identity: PciIdentity
  readonly revision: number
  readonly resources: readonly PciResource[]
  readonly irq: number
  /** A bridge, and the buses behind it. */
  readonly bridge?: { readonly primary: number; readonly secondary: number; readonly subordinate: number }
}

/** The configuration space of a function without capabilities: its header says what is known of it. */
export function headerSpace(init: HeaderInit): ConfigSpace {
  const { identity, revision, resources, irq, bridge } = init
  const bytes = new Uint8Array(PCI_CFG_SPACE_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, identity.vendor, true)
  view.setUint16(2, identity.device, true)
  view.setUint32(PCI_CLASS_REVISION, identity.class * 0x100 + revision, true)
  const decodes = (flag: number) => (resources.some(({ flags }) => flags & flag) ? 1 : 0)
  view.setUint16(PCI_COMMAND, decodes(IORESOURCE_IO) | (decodes(IORESOURCE_MEM) << 1), true)
  view.setUint8(PCI_INTERRUPT_LINE, irq & 0xff)
  view.setUint8(PCI_INTERRUPT_PIN, irq > 0 ? 1 : 0)
  for (const [index, { start, flags }] of resources.slice(0, PCI_STD_NUM_BARS).entries()) {
    if (flags === 0) continue
    const at = PCI_BASE_ADDRESS_0 + index * 4
    // the low bits of a BAR are those of the resource's flags
    view.setUint32(at, Number(start & 0xffff_fff0n) | (flags & 0xf), true)
    if (is64(flags)) view.setUint32(at + 4, Number(start >> 32n), true)
  }
  if (bridge) {
    view.setUint8(PCI_HEADER_TYPE, 1)
    view.setUint8(PCI_PRIMARY_BUS, bridge.primary)
    view.setUint8(PCI_SECONDARY_BUS, bridge.secondary)
    view.setUint8(PCI_SUBORDINATE_BUS, bridge.subordinate)
  } else {
    view.setUint16(PCI_SUBSYSTEM_VENDOR_ID, identity.subsystemVendor, true)
    view.setUint16(PCI_SUBSYSTEM_VENDOR_ID + 2, identity.subsystemDevice, true)
  }
  return withHeaderMask(bytes, resources)
}

/**
 * The bytes with the bits that software may write: base addresses by the size they decode, capabilities by their
 * tables.
 */
export function withHeaderMask(bytes: Uint8Array, resources: readonly PciResource[]): ConfigSpace {
  const writable = new Uint8Array(bytes.length)
  const view = new DataView(writable.buffer)
  const isBridge = (bytes[PCI_HEADER_TYPE]! & 0x7f) === 1
  view.setUint16(PCI_COMMAND, COMMAND_BITS, true)
  view.setUint8(PCI_CACHE_LINE_SIZE, 0xff)
  view.setUint8(PCI_INTERRUPT_LINE, 0xff)
  for (const [index, resource] of resources.slice(0, isBridge ? BRIDGE_BARS : PCI_STD_NUM_BARS).entries()) {
    if (resource.flags === 0) continue
    const at = PCI_BASE_ADDRESS_0 + index * 4
    const mask = ~BigInt(resourceSize(resource) - 1)
    const low = resource.flags & IORESOURCE_IO ? 0xffff_fffcn : 0xffff_fff0n
    view.setUint32(at, Number(mask & low), true)
    if (is64(resource.flags)) view.setUint32(at + 4, Number((mask >> 32n) & 0xffff_ffffn), true)
  }
  const rom = resources[PCI_ROM_RESOURCE] ?? NO_RESOURCE
  if (rom.flags !== 0) {
    const mask = ~BigInt(resourceSize(rom) - 1) & 0xffff_f800n
    view.setUint32(isBridge ? PCI_BRIDGE_ROM_ADDRESS : PCI_ROM_ADDRESS, Number(mask) + 1, true)
  }
  if (isBridge) {
    for (const at of [PCI_PRIMARY_BUS, PCI_SECONDARY_BUS, PCI_SUBORDINATE_BUS, PCI_SEC_LATENCY_TIMER])
      view.setUint8(at, 0xff)
    view.setUint8(PCI_IO_BASE, 0xf0)
    view.setUint8(PCI_IO_LIMIT, 0xf0)
    // memory and prefetchable windows by megabytes, then the upper halves of the latter
    for (let at = PCI_MEMORY_BASE; at < PCI_MEMORY_BASE + 8; at += 2) view.setUint16(at, 0xfff0, true)
    view.setUint32(PCI_PREF_LIMIT_UPPER32 - 4, 0xffff_ffff, true)
    view.setUint32(PCI_PREF_LIMIT_UPPER32, 0xffff_ffff, true)
    view.setUint16(PCI_BRIDGE_CONTROL, BRIDGE_CONTROL_BITS, true)
  }
  for (const { at, structure, view } of walk(bytes).found) {
    for (const { at: offset, low, width, writable: bits } of fieldsOf(structure, view))
      if (bits !== 0) setBits(writable, at + offset, low, width, bits)
  }
  return new ConfigSpace(bytes, writable)
}

/** Reads what a configuration space says of its function. */
export function identityOf(bytes: Uint8Array): PciIdentity & { readonly revision: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isBridge = (bytes[PCI_HEADER_TYPE]! & 0x7f) === 1
  const classRevision = view.getUint32(PCI_CLASS_REVISION, true)
  return {
    vendor: view.getUint16(0, true),
    device: view.getUint16(2, true),
    class: classRevision >>> 8,
    revision: classRevision & 0xff,
    subsystemVendor: isBridge ? 0 : view.getUint16(PCI_SUBSYSTEM_VENDOR_ID, true),
    subsystemDevice: isBridge ? 0 : view.getUint16(PCI_SUBSYSTEM_VENDOR_ID + 2, true),
  }
}

/** Bits 1 and 2 of a memory BAR: it takes two registers. */
function is64(flags: number): boolean {
  return (flags & 0x6) === 0x4 && (flags & IORESOURCE_IO) === 0
}
