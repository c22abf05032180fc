import type { DeviceModel } from '../../device-model/model.ts'
import { DeviceState, type StateInit } from '../../device-model/state.ts'
import { MigrationRegion2018 } from './kabi-2018.ts'
import { MigrationRegionV1 } from './v1.ts'
import { MigrationV2 } from './v2.ts'

/** Which generation of VFIO's migration a device has, and what there is to migrate. */
export interface DeviceMigrationInit extends StateInit {
  readonly generation: 'kabi-2018' | 'v1' | 'v2'
  /** Bytes of the data section of a region. */
  readonly section: number
  /** VFIO_MIGRATION_* of v2. */
  readonly flags: number
}

/** A device whose state can be carried to another machine. */
export interface MigratableDevice {
  readonly model: DeviceModel
  /** The last user closed it. */
  abandon(): void
}

/** Gives migration to a device: a region behind those that it has, or the feature. */
export function migratable(
  base: DeviceModel,
  { generation, section, flags, ...init }: DeviceMigrationInit,
  now: () => number,
): MigratableDevice {
  const state = new DeviceState(init, base.regions, now)
  if (generation === 'v2') {
    const v2 = new MigrationV2(state, flags)
    return {
      model: { ...base, migration: v2, reset: both(base, v2) },
      abandon: () => v2.abandon(),
    }
  }
  const region =
    generation === 'v1' ? new MigrationRegionV1(state, section) : new MigrationRegion2018(state, section)
  return {
    model: { ...base, regions: [...base.regions, region], reset: both(base, region) },
    abandon: () => region.abandon(),
  }
}

/** A reset ends a migration, too. */
function both(base: DeviceModel, migration: { reset(): void }): () => void {
  return () => {
    base.reset?.()
    migration.reset()
  }
}
