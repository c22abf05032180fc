import type { PciModelInit } from '../../device-model/pci.ts'
import type { DeviceApi, InstanceLimit } from '../../mdev/ops.ts'
import type { MdevTypeInit } from '../../mdev/type.ts'
import type { MigrationModel } from '../../migration/model.ts'
import type { ErrnoName } from '../../sysfs/lib/errno.ts'
import type { PoolInit } from './pool.ts'

/** How a vendor attribute's text is read and written. */
export type AttributeKind = 'int' | 'hex' | 'bool' | 'string' | 'enum' | 'mask' | 'bitmap' | 'list'

/** When a vendor attribute takes a new value. */
export type Writable = 'always' | 'while closed' | 'never'

/** An attribute that one vendor's mdevs have: nothing but data. */
export interface VendorAttribute {
  /** With its group, if it is in one: `intel_vgpu/vgpu_id`. */
  readonly name: string
  readonly kind: AttributeKind
  readonly writable: Writable
  /** What a write fails with while it takes no new value: EBUSY where nothing is said. */
  readonly busy?: ErrnoName
  /** What it reads first, without the newline. Placeholders: {uuid}, {type}, {parent}, {id:POOL}. */
  readonly value: string
  /** Inclusive ranges that an int, hex or mask has to lie in. */
  readonly ranges?: readonly (readonly [number, number])[]
  /** How many bits a bitmap or list has. */
  readonly bits?: number
  /** Words that an enum or string has to be one of. */
  readonly words?: readonly string[]
  /** Pools of which the device takes so many times its share; ints only. */
  readonly multiplies?: readonly string[]
}

/** A type of mdev as a profile describes it. */
export interface TypeModel extends MdevTypeInit {
  /** What one instance takes, by the name of the pool. */
  readonly needs: Readonly<Record<string, number>>
  readonly attributes: readonly VendorAttribute[]
  /** Pools that the proposed `mdev/aggregated_instances` multiplies; absent where the type can not aggregate. */
  readonly aggregates?: readonly string[]
  /** Proposed interfaces for migration that the type and its devices have. */
  readonly migration?: MigrationModel
  /** The function that its devices look like; one with the parent's IDs where nothing is said. */
  readonly pci?: PciModelInit
  /** BARs of a function that has the parent's IDs. */
  readonly bars?: PciModelInit['bars']
}

/** A parent of mdevs as a profile describes it. */
export interface ParentModel {
  readonly deviceApi: DeviceApi
  /** In the order in which create asks them. */
  readonly pools: readonly PoolInit[]
  readonly types: readonly TypeModel[]
  /** Set for drivers that leave counting to the mdev core. */
  readonly instances?: InstanceLimit
  /** Whether mdevs have the proposed `mdev/` directory, on types that can not aggregate too. */
  readonly aggregation?: boolean
}
