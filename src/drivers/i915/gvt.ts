import type { MigrationModel } from '../../migration/model.ts'
import type { ParentModel, TypeModel, VendorAttribute } from '../declarative/model.ts'

const MB = 1024 * 1024

/** Low graphics memory and high graphics memory that the host keeps (drivers/gpu/drm/i915/gvt/gvt.h). */
const HOST_LOW_GM = 128 * MB
const HOST_HIGH_GM = 384 * MB
const HOST_FENCES = 4
const FENCES = 32
/** vGPU ids are 1 to 7: 0 is the host. */
const GVT_MAX_VGPU = 8

/** `vgpu_types[]` of gvt/vgpu.c: N of a type at most fit, so the biggest is the last. */
const VGPU_TYPES = [
  { n: 8, low: 64 * MB, high: 384 * MB, fence: 4, resolution: '1024x768', weight: 2 },
  { n: 4, low: 128 * MB, high: 512 * MB, fence: 4, resolution: '1920x1200', weight: 4 },
  { n: 2, low: 256 * MB, high: 1024 * MB, fence: 4, resolution: '1920x1200', weight: 8 },
  { n: 1, low: 512 * MB, high: 2048 * MB, fence: 4, resolution: '1920x1200', weight: 16 },
] as const

export interface GvtInit {
  /** 8 for Broadwell, 9 for Skylake to Comet Lake: the 4 or 5 of GVTg_V4 and GVTg_V5. */
  readonly graphicsVersion: 8 | 9
  /** The mappable aperture, in bytes: BAR 2. */
  readonly aperture: number
  /** What the global graphics translation table maps, in bytes; 4 GiB unless the BIOS made it smaller. */
  readonly ggtt: number
  /** Vendor attributes of every type besides `intel_vgpu/vgpu_id`. */
  readonly attributes?: readonly VendorAttribute[]
  /** The proposed `mdev/` group; only the smallest type can aggregate. */
  readonly aggregation?: boolean
  /** Proposed interfaces for migration, of every type. */
  readonly migration?: MigrationModel
}

function megabytes(bytes: number): string {
  return `${bytes / MB}MB`
}

/** Pools that more instances taken together multiply: memory, not fences. */
const AGGREGATED = ['low_gm', 'high_gm']

/** The types that the graphics memory allows: the scan stops at the first that does not fit (`intel_gvt_init_vgpu_types()`). */
function types({
  graphicsVersion,
  aperture,
  attributes = [],
  aggregation = false,
  migration,
}: GvtInit): TypeModel[] {
  const models: TypeModel[] = []
  for (const { n, low, high, fence, resolution, weight } of VGPU_TYPES) {
    if (Math.floor((aperture - HOST_LOW_GM) / low) < 1) break
    const aggregates = aggregation && n === 8
    const lines = [
      `low_gm_size: ${megabytes(low)}`,
      `high_gm_size: ${megabytes(high)}`,
      `fence: ${fence}`,
      `resolution: ${resolution}`,
      `weight: ${weight}`,
      ...(aggregation ? [`aggregation: ${aggregates ? 'yes' : 'no'}`] : []),
    ]
    models.push({
      sysfsName: `GVTg_V${graphicsVersion === 8 ? 4 : 5}_${n}`,
      description: lines.map(line => `${line}\n`).join(''),
      needs: { low_gm: low, high_gm: high, fence, vgpu: 1 },
      attributes: [
        { name: 'intel_vgpu/vgpu_id', kind: 'int', writable: 'never', value: '{id:vgpu}' },
        ...attributes,
      ],
      ...(aggregates && { aggregates: AGGREGATED }),
      ...(migration && { migration }),
    })
  }
  return models
}

/**
 * What GVT-g offers on a GPU: drivers/gpu/drm/i915/gvt/{vgpu,aperture_gm,gvt}.c. Memory and fences are asked for in
 * this order, then an id, and each says ENOSPC; the ids do not count for `available_instances`.
 */
export function gvtModel(init: GvtInit): ParentModel {
  return {
    deviceApi: 'vfio-pci',
    pools: [
      { name: 'low_gm', total: init.aperture - HOST_LOW_GM, refusal: 'ENOSPC' },
      { name: 'high_gm', total: init.ggtt - init.aperture - HOST_HIGH_GM, refusal: 'ENOSPC' },
      { name: 'fence', total: FENCES - HOST_FENCES, refusal: 'ENOSPC' },
      { name: 'vgpu', total: GVT_MAX_VGPU - 1, firstId: 1, counted: false, refusal: 'ENOSPC' },
    ],
    types: types(init),
    aggregation: init.aggregation ?? false,
  }
}
