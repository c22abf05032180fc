import type { z } from 'zod'
import type { Arch } from '../sysfs/base/kernel.ts'
import { RELEASES } from '../sysfs/release.ts'
import { devices } from './device.ts'
import { iommuGroups } from './iommu.ts'
import { fields } from './schema/fields.ts'
import { count, line, name, numberFrom, scalar, word } from './schema/scalar.ts'
import { Refusal } from './schema/values.ts'
import { statics } from './static.ts'

/** The version of the format. */
export const FORMAT = 1

const ARCHS = ['x86_64', 's390x'] as const satisfies readonly Arch[]

function parseFormat(text: string): number | undefined {
  if (text === String(FORMAT)) return FORMAT
  if (/^[0-9]+$/.test(text))
    throw new Refusal(`this is version ${text} of the format, and ${FORMAT} is what is known here`)
  return undefined
}

/** A whole profile: one machine, or a part of one. */
export const machine = fields('a map that begins with mdevfs: 1', {
  mdevfs: scalar(`${FORMAT}, the version of the format`, parseFormat, ['integer']).meta({ enum: [FORMAT] }),
  name: scalar(
    'a name of small letters, digits, dots and dashes',
    text => (/^[a-z0-9][a-z0-9.-]{0,62}$/.test(text) ? text : undefined),
    ['string'],
  ),
  summary: line.meta({ description: 'what the machine is, in one line' }),
  kernel: word(...RELEASES)
    .meta({ description: 'the release whose behaviour is shown; 6.1 where nothing is said' })
    .exactOptional(),
  arch: word(...ARCHS)
    .meta({ description: 'x86_64 where nothing is said' })
    .exactOptional(),
  cpus: numberFrom(1, 4096)
    .meta({ description: 'how many processors are online; 2 where nothing is said' })
    .exactOptional(),
  uevent_seqnum: count
    .meta({ description: 'what /sys/kernel/uevent_seqnum reads when the machine is up' })
    .exactOptional(),
  iommu: name.meta({ description: 'the IOMMU that devices have a link to, such as dmar0' }).exactOptional(),
  devices: devices.exactOptional(),
  iommu_groups: iommuGroups.exactOptional(),
  static: statics.exactOptional(),
})

export type MachineDescription = z.output<typeof machine>
