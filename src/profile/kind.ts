import type { z } from 'zod'
import type { Machine } from '../drivers/machine.ts'

/**
 * A kind of device that profiles can describe. A new kind is one of these and a place in the list of `kinds/index.ts`;
 * nothing else knows what kinds there are.
 */
export interface Kind {
  /** The key by which an item of `devices` is known to be of this kind; its value says which device it is. */
  readonly key: string
  /** The value of the key in its canonical form; no two devices of the kind have the same. */
  readonly address: z.ZodType<string, string>
  /** The whole item; a strict map. */
  readonly schema: z.ZodType
  /** What devices of this kind have to do with each other, those of other profiles included. */
  check?(devices: readonly Described[], complain: ComplainOf): void
  /** Puts all devices of this kind into the machine. */
  build(site: Site, descriptions: readonly unknown[]): void
}

/** Where devices are built. */
export interface Site {
  readonly machine: Machine
  /** The number of the group that `iommu_groups` puts the device of that address into. */
  iommuGroup(address: string): number | undefined
}

/** A device that a profile describes. */
export interface Described {
  readonly kind: Kind
  readonly address: string
  /** Output of the kind's schema. */
  readonly description: unknown
}

/** Complains about a part of a device. */
export type ComplainOf = (device: Described, path: readonly PropertyKey[], message: string) => void
