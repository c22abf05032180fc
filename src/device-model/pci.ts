import type { ConfigSpace } from '../pci/config-space.ts'
import type { PciIdentity } from '../pci/device.ts'
import { headerSpace } from '../pci/header.ts'
import { NO_RESOURCE, PCI_STD_NUM_BARS, type PciResource } from '../pci/resource.ts'
import { SparseMemory } from './memory.ts'
import {
  AUTOMASKED,
  type DeviceModel,
  EVENTFD,
  type Irq,
  MASKABLE,
  NORESIZE,
  type Piece,
  type Region,
  resetRegions,
} from './model.ts'

export const INTX: Irq = { count: 1, flags: EVENTFD | MASKABLE | AUTOMASKED }
/** Of MSI and requests: one, signalled as a whole. */
export const ONE: Irq = { count: 1, flags: EVENTFD | NORESIZE }

/** A function as its driver makes it up. */
export interface PciModelInit {
  readonly identity: PciIdentity
  readonly revision?: number
  /** By the number of the BAR, each with the flags of its resource and its size, a power of 2. */
  readonly bars: readonly ({ readonly flags: number; readonly size: number } | undefined)[]
  /** The size of the region of configuration space, where the driver shows less than all. */
  readonly configSize?: number
  /** VFIO_PCI_*_IRQ_INDEX; INTx, MSI and requests where nothing is said, as mtty has them. */
  readonly irqs?: readonly (Irq | undefined)[]
  /** Regions behind those that every function has. */
  readonly more?: readonly Region[]
}

/** An emulated PCI function: its header decides where its BARs may lie, and what is behind them is plain memory. */
export function pciModel({
  identity,
  revision = 0,
  bars,
  configSize,
  irqs,
  more = [],
}: PciModelInit): DeviceModel {
  const resources = bars.map(bar => (bar ? resource(bar.flags, bar.size) : NO_RESOURCE))
  const pristine = headerSpace({ identity, revision, resources, irq: irqs ? 0 : 1 })
  const config = new ConfigRegion(pristine, configSize ?? pristine.size)
  const memories = Array.from(
    { length: PCI_STD_NUM_BARS },
    (_, i) => bars[i] && new SparseMemory(bars[i].size),
  )
  const regions = pciRegions(memories, config, more)
  return {
    kind: 'pci',
    regions,
    irqs: irqs ?? [INTX, ONE, undefined, undefined, ONE],
    reset: () => resetRegions(regions),
  }
}

/** Configuration space, of which a guest writes what its masks let it. */
export class ConfigRegion implements Region {
  readonly size: number
  readonly #pristine: ConfigSpace
  #space: ConfigSpace

  constructor(pristine: ConfigSpace, size: number) {
    this.#pristine = pristine
    this.#space = pristine.clone()
    this.size = size
  }

  read(offset: number, length: number): Uint8Array {
    return this.#space.read(offset, length)
  }

  write(offset: number, data: Uint8Array): void {
    this.#space.write(offset, data)
  }

  reset(): void {
    this.#space = this.#pristine.clone()
  }

  contents(): Iterable<Piece> {
    return [{ offset: 0, bytes: this.#space.bytes.subarray(0, this.size) }]
  }

  /** Bits that nobody can write have to be the same. */
  accepts(offset: number, bytes: Uint8Array): boolean {
    if (offset + bytes.length > this.size) return false
    const { bytes: own, writable } = this.#pristine
    return bytes.every((byte, i) => ((byte ^ own[offset + i]!) & ~writable[offset + i]!) === 0)
  }
}

/** Where it lies is for the guest to say: it starts at 0. */
function resource(flags: number, size: number): PciResource {
  return { start: 0n, end: BigInt(size - 1), flags }
}

/** In the order of VFIO_PCI_*_REGION_INDEX: no expansion ROM, and no VGA. */
export function pciRegions(
  bars: readonly (Region | undefined)[],
  config: Region,
  more: readonly Region[] = [],
): (Region | undefined)[] {
  return [...bars, undefined, config, undefined, ...more]
}
