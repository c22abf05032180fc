/** Base addresses of a function that is no bridge. */
export const PCI_STD_NUM_BARS = 6

/** Flags of a resource (include/linux/ioport.h). */
export const IORESOURCE_IO = 0x100
export const IORESOURCE_MEM = 0x200
export const IORESOURCE_PREFETCH = 0x2000

/** A region of I/O ports or memory that a function decodes: `struct resource`. */
export interface PciResource {
  readonly start: bigint
  /** Inclusive. */
  readonly end: bigint
  readonly flags: number
}

export const NO_RESOURCE: PciResource = { start: 0n, end: 0n, flags: 0 }

export function resourceSize({ start, end, flags }: PciResource): number {
  return flags === 0 ? 0 : Number(end - start) + 1
}

/** One line of `resource`: `0x%016llx 0x%016llx 0x%016llx`. */
export function resourceLine({ start, end, flags }: PciResource): string {
  return `${hex64(start)} ${hex64(end)} ${hex64(BigInt(flags))}\n`
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`
}
