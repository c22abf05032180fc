import { hex } from '../sysfs/lib/hex.ts'

/** Where a PCI function is: `0000:00:02.0`. */
export interface PciAddress {
  readonly domain: number
  readonly bus: number
  readonly device: number
  readonly function: number
}

const ADDRESS = /^([0-9a-f]{4}):([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i

/** @returns undefined for text that is no full address with domain */
export function parsePciAddress(text: string): PciAddress | undefined {
  const match = ADDRESS.exec(text)
  if (!match) return undefined
  const [domain, bus, device, fn] = match.slice(1).map(digits => Number.parseInt(digits, 16))
  return { domain: domain!, bus: bus!, device: device!, function: fn! }
}

/** `pci_name()`. */
export function pciName({ domain, bus, device, function: fn }: PciAddress): string {
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(device, 2)}.${fn}`
}
