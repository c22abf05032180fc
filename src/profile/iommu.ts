import type { z } from 'zod'
import { PCI_GROUP } from '../drivers/machine.ts'
import type { IommuGroups, ReservedRegion } from '../iommu/group.ts'
import {
  type Complain,
  entries,
  fields,
  items,
  listOf,
  namesTo,
  OTHER,
  part,
  related,
  shorthand,
} from './schema/fields.ts'
import { reference, scalar, word } from './schema/scalar.ts'
import { Refusal } from './schema/values.ts'
import { quote } from './text/problem.ts'

const LINE = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) (direct|direct-relaxable|reserved|msi)$/i

const REGION = '0x00000000fee00000 0x00000000feefffff msi'

/** Lines as the attribute `reserved_regions` has them. */
function parseRegions(text: string): ReservedRegion[] | undefined {
  const regions: ReservedRegion[] = []
  for (const [number, line] of text.trimEnd().split('\n').entries()) {
    const [, start, end, type] = LINE.exec(line) ?? []
    if (type === undefined) throw new Refusal(`${quote(line)} is no line such as ${REGION}`, number)
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
      .meta({ description: 'what type reads; DMA where it is left out' })
      .exactOptional(),
    reserved_regions: scalar(`lines such as ${REGION}`, parseRegions, ['string']).exactOptional(),
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
    if (Array.isArray(part(group, 'devices')) && items(part(group, 'devices')).length === 0)
      complain([number], 'a group without devices does not exist; leave it out', { key: true })
    for (const [i, device] of items(part(group, 'devices')).entries()) {
      const other = seen.get(device)
      if (other !== undefined)
        complain(
          [number, 'devices', i],
          `a device is in one group, and ${device} is in group ${other} on ${OTHER}`,
          {
            other: [other],
          },
        )
      seen.set(device, number)
    }
  }
}

/**
 * Makes the groups, so that nobody else gets their numbers; their devices join them when they are found.
 *
 * @returns the number of the group of each device
 */
export function makeGroups(groups: IommuGroups, descriptions: GroupDescriptions): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const [text, { devices, type, reserved_regions }] of Object.entries(descriptions)) {
    const number = Number(text)
    groups.obtain(number, {
      ...PCI_GROUP,
      ...(type && { domain: type }),
      ...(reserved_regions && { reserved: reserved_regions }),
    })
    for (const device of devices) numbers.set(device, number)
  }
  return numbers
}
