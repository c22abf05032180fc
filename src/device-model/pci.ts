import type { ConfigSpace } from '../pci/config-space.ts'
import type { PciIdentity } from '../pci/device.ts'
import { headerSpace } from '../pci/header.ts'
import { NO_RESOURCE, type PciResource } from '../pci/resource.ts'
import { SparseMemory } from './memory.ts'
import type { DeviceModel, Irq, Region } from './model.ts'

/** VFIO_PCI_*_REGION_INDEX. */
const BARS = 6
const ROM_REGIONS = 1
const VGA_REGIONS = 1

/** VFIO_IRQ_INFO_*. */
const EVENTFD = 1 << 0
const MASKABLE = 1 << 1
const AUTOMASKED = 1 << 2
const NORESIZE = 1 << 3

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
  const memories = Array.from({ length: BARS }, (_, i) => bars[i] && new SparseMemory(bars[i].size))
  return {
    kind: 'pci',
    regions: [...memories, ...nothing(ROM_REGIONS), config, ...nothing(VGA_REGIONS), ...more],
    irqs: irqs ?? [INTX, ONE, undefined, undefined, ONE],
    reset() {
      config.reset()
      for (const memory of memories) memory?.clear()
    },
  }
}

class ConfigRegion implements Region {
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
}

/** Where it lies is for the guest to say: it starts at 0. */
function resource(flags: number, size: number): PciResource {
  return { start: 0n, end: BigInt(size - 1), flags }
}

function nothing(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined)
}
