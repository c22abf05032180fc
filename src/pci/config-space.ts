/** Offsets of the type 0 header (include/uapi/linux/pci_regs.h). */
export const PCI_COMMAND = 0x04
export const PCI_HEADER_TYPE = 0x0e
export const PCI_BASE_ADDRESS_0 = 0x10
/** Of a bridge: the number of the bus behind it. */
export const PCI_SECONDARY_BUS = 0x19
/** Of a bridge: the last of the buses behind it. */
export const PCI_SUBORDINATE_BUS = 0x1a

/** The size of the header, and all that other users than root may read. */
export const PCI_STD_HEADER_SIZE = 64
export const PCI_CFG_SPACE_SIZE = 256
export const PCI_CFG_SPACE_EXP_SIZE = 4096

/** The bytes of a function's configuration space, and which of their bits a write changes. */
export class ConfigSpace {
  readonly bytes: Uint8Array
  /** One bit for each writable bit. */
  readonly writable: Uint8Array

  constructor(bytes: Uint8Array, writable: Uint8Array) {
    this.bytes = bytes
    this.writable = writable
  }

  /** The same bytes, to go their own way. */
  clone(): ConfigSpace {
    return new ConfigSpace(this.bytes.slice(), this.writable)
  }

  get size(): number {
    return this.bytes.length
  }

  read(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length)
  }

  /** Bits that are not writable stay as they are. */
  write(offset: number, data: Uint8Array): void {
    for (const [i, value] of data.entries()) {
      const at = offset + i
      const mask = this.writable[at]!
      this.bytes[at] = (this.bytes[at]! & ~mask) | (value & mask)
    }
  }
}
