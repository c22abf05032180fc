import type { z } from 'zod'
import type { GvtInit } from '../../drivers/i915/gvt.ts'
import { checkMigration, migration, migrationModel } from '../migration.ts'
import { type Complain, entries, fields, part } from '../schema/fields.ts'
import { bool, size, word } from '../schema/scalar.ts'
import { quote } from '../text/problem.ts'
import { attributes, vendorAttribute } from './attribute.ts'

const GB = 2 ** 30

/** `gvt`: types and resources follow from the sizes, as in the driver. */
export const gvt = fields('GVT-g: a map with graphics_version and aperture', {
  graphics_version: word('8', '9').meta({
    description: '8 for Broadwell, whose types are GVTg_V4; 9 from Skylake to Comet Lake, GVTg_V5',
  }),
  aperture: size.meta({ description: 'the mappable aperture, which is BAR 2' }),
  ggtt: size
    .meta({ description: 'what the graphics translation table maps; 4GB where nothing is said' })
    .exactOptional(),
  attributes: attributes
    .meta({ description: 'attributes of every vGPU besides intel_vgpu/vgpu_id' })
    .exactOptional(),
  aggregation: bool
    .meta({ description: 'the proposed mdev/aggregated_instances; only the smallest type can' })
    .exactOptional(),
  migration: migration.exactOptional(),
})

/** The group that every vGPU has. */
const GROUP = 'intel_vgpu'
/** Pools of which a vGPU takes something; the host keeps a part of each memory. */
const MEMORIES = ['low_gm', 'high_gm']
const MB = 2 ** 20
const HOST_HIGH_GM = 384 * MB
const SMALLEST_APERTURE = 128 * MB

export function checkGvt(gvt: unknown, complain: Complain): void {
  const aperture = part(gvt, 'aperture')
  const ggtt = part(gvt, 'ggtt') ?? 4 * GB
  if (typeof aperture === 'number' && typeof ggtt === 'number') {
    if (aperture < SMALLEST_APERTURE)
      complain(['aperture'], 'the smallest aperture is 128MB, which the host keeps')
    else if (ggtt < aperture + HOST_HIGH_GM)
      complain(['ggtt'], 'the table maps the aperture and at least 384MB more, which the host keeps')
  }
  checkMigration(gvt, { kind: 'type', pools: MEMORIES, attributes: [`${GROUP}/vgpu_id`] }, complain)
  for (const [path, attribute] of entries(part(gvt, 'attributes'))) {
    if (path === GROUP || path === `${GROUP}/vgpu_id`)
      complain(['attributes', path], `GVT-g has ${quote(path)} itself; choose another name`, { key: true })
    const multiplies = part(attribute, 'multiplies')
    if (!Array.isArray(multiplies)) continue
    for (const [i, pool] of multiplies.entries())
      if (!MEMORIES.includes(pool))
        complain(['attributes', path, 'multiplies', i], `only ${MEMORIES.join(' and ')} can be multiplied`)
  }
}

export function gvtInit({
  graphics_version,
  aperture,
  ggtt,
  attributes,
  aggregation,
  migration,
}: z.output<typeof gvt>): GvtInit {
  return {
    graphicsVersion: graphics_version === '8' ? 8 : 9,
    aperture,
    ggtt: ggtt ?? 4 * GB,
    attributes: Object.entries(attributes ?? {}).map(([path, attribute]) => vendorAttribute(path, attribute)),
    aggregation: aggregation ?? false,
    ...(migration && { migration: migrationModel(migration) }),
  }
}
