import type { DeviceModel } from '../../device-model/model.ts'
import { INTX, ONE, pciModel } from '../../device-model/pci.ts'
import type { Mdev } from '../../mdev/device.ts'
import type { MdevType } from '../../mdev/type.ts'
import { PciDevice } from '../../pci/device.ts'
import { resourceSize } from '../../pci/resource.ts'
import type { Release } from '../../sysfs/release.ts'
import { DeclarativeOps } from '../declarative/ops.ts'
import type { Pool } from '../declarative/pool.ts'
import { type GvtInit, gvtModel } from './gvt.ts'
import { OpRegion } from './opregion.ts'

/** INTEL_GVT_PCI_BAR_GTTMMIO and INTEL_GVT_PCI_BAR_APERTURE: as large as the GPU's own. */
const BARS = [0, 2]

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

  override deviceModel(mdev: Mdev): DeviceModel | undefined {
    const parent = mdev.mdevType.supports.device
    if (!(parent instanceof PciDevice)) return undefined
    const bars = parent.resources.map((resource, i) =>
      BARS.includes(i) && resource.flags
        ? { flags: resource.flags, size: resourceSize(resource) }
        : undefined,
    )
    const irqs = [INTX, ONE, undefined, undefined, undefined]
    return pciModel({ identity: parent.identity, bars: bars.slice(0, 6), irqs, more: [new OpRegion()] })
  }

  override create(mdev: Mdev): void {
    super.create(mdev)
    this.#fencesUncounted = false
  }
}
