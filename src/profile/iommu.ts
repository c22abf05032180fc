import type { z } from 'zod'
import type { IommuGroup, IommuGroups, ReservedRegion } from '../iommu/group.ts'
import {
  type Complain,
  entries,
  fields,
  items,
  listOf,
  namesTo,
  part,
  related,
  shorthand,
} from './schema/fields.ts'
import { reference, scalar, word } from './schema/scalar.ts'

const LINE = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) (direct|direct-relaxable|reserved|msi)$/i

/** Lines as the attribute `reserved_regions` has them. */
function parseRegions(text: string): ReservedRegion[] | undefined {
  const regions: ReservedRegion[] = []
  for (const line of text.split('\n').filter(line => line !== '')) {
    const [, start, end, type] = LINE.exec(line) ?? []
    if (type === undefined) return undefined
    regions.push({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      type: type as ReservedRegion['type'],
    })
  }
  return regions
}

const number = scalar(
  'the number of a group',
  text => (/^(0|[1-9][0-9]{0,3})$/.test(text) ? text : undefined),
  ['string'],
)

const group = shorthand(
  'devices',
  fields('an IOMMU group: a list of devices, or a map with devices, type and reserved_regions', {
    devices: listOf(reference, 'a list of devices, such as ["0000:00:02.0"]'),
    type: word('DMA', 'DMA-FQ', 'identity', 'blocked')
      .meta({ description: 'what type reads; DMA-FQ where it is left out' })
      .exactOptional(),
    reserved_regions: scalar('lines such as 0x00000000fee00000 0x00000000feefffff msi', parseRegions, [
      'string',
    ]).exactOptional(),
  }),
)

/** `iommu_groups`: which devices share a group, by the number of the group. */
export const iommuGroups = related(
  namesTo(group, 'a map of IOMMU groups, such as {0: ["0000:00:02.0"]}', number),
  checkGroups,
)

export type GroupDescriptions = z.output<typeof iommuGroups>

function checkGroups(groups: unknown, complain: Complain): void {
  const seen = new Map<unknown, string>()
  for (const [number, group] of entries(groups)) {
    for (const [i, device] of items(part(group, 'devices')).entries()) {
      const other = seen.get(device)
      if (other !== undefined)
        complain(
          [number, 'devices', i],
          `a device is in one group, and ${device} is in group ${other} already`,
        )
      seen.set(device, number)
    }
  }
}

/** Makes the groups; their devices join them when they are built. */
export function allocateGroups(
  groups: IommuGroups,
  descriptions: GroupDescriptions,
): Map<string, IommuGroup> {
  const byDevice = new Map<string, IommuGroup>()
  for (const [number, { type = 'DMA-FQ', reserved_regions: reserved = [], devices }] of Object.entries(
    descriptions,
  )) {
    const group = groups.obtain(Number(number), { domain: type, reserved })
    for (const device of devices) byDevice.set(device, group)
  }
  return byDevice
}
