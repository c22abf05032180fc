import type { Mdev } from '../../mdev/device.ts'
import type { MdevType } from '../../mdev/type.ts'
import type { Release } from '../../sysfs/release.ts'
import { DeclarativeOps } from '../declarative/ops.ts'
import type { Pool } from '../declarative/pool.ts'
import { type GvtInit, gvtModel } from './gvt.ts'

/** GVT-g's driver of vGPUs (drivers/gpu/drm/i915/gvt/kvmgt.c). */
export class GvtOps extends DeclarativeOps {
  /**
   * Up to 5.10 `available_instances` is a number kept from the last create or destroy; the one from start-up does not
   * look at fences (`intel_gvt_init_vgpu_types()`).
   */
  #fencesUncounted: boolean

  constructor(init: GvtInit, release: Release) {
    super(gvtModel(init))
    this.#fencesUncounted = !release.coreTypeAttributes
  }

  override available(type: MdevType): number {
    return this.#fencesUncounted
      ? this.fit(type, (pool: Pool) => pool.counted && pool.name !== 'fence')
      : super.available(type)
  }

  override create(mdev: Mdev): void {
    super.create(mdev)
    this.#fencesUncounted = false
  }
}
