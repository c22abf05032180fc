import { z } from 'zod'
import type { TypeModel } from '../../drivers/declarative/model.ts'
import { migration, migrationModel } from '../migration.ts'
import { fields, listOf, namesTo } from '../schema/fields.ts'
import { amount, content, contentLine, name, reference, word } from '../schema/scalar.ts'
import { attributes, vendorAttribute } from './attribute.ts'
import { barModels, typeBars } from './bar.ts'

export const deviceApi = word('vfio-pci', 'vfio-platform', 'vfio-amba', 'vfio-ccw', 'vfio-ap')

/** Text, or `key: value` lines. */
const description = z
  .union([content, namesTo(contentLine, 'lines', contentLine)], {
    error: 'text, or a map that gives a line for each of its keys',
  })
  .transform(value => {
    if (typeof value === 'string') return value.endsWith('\n') ? value : `${value}\n`
    return Object.entries(value)
      .map(([key, line]) => `${key}: ${line}\n`)
      .join('')
  })
  .meta({ description: 'what description reads: text, or a map of which each key gives a line' })

const type = fields('a type: a map with id and needs', {
  id: name.meta({ description: 'the directory is called after the driver and this: GVTg_V5_4' }),
  name: contentLine.meta({ description: 'what name reads; the id where it is left out' }).exactOptional(),
  description: description.exactOptional(),
  device_api: deviceApi.exactOptional(),
  needs: namesTo(amount, 'what one instance takes of which pool, such as {memory: 512MB}').exactOptional(),
  attributes: attributes.exactOptional(),
  aggregates: listOf(reference, 'a list of pools')
    .meta({
      description:
        'the type has the proposed mdev/aggregated_instances, which multiplies what is taken of these pools',
    })
    .exactOptional(),
  bars: typeBars
    .meta({ description: 'BARs of its devices, behind their file in /dev/vfio/devices' })
    .exactOptional(),
  migration: migration.exactOptional(),
})

export const types = z
  .array(type, { error: 'a list of types' })
  .meta({ description: 'the types in mdev_supported_types' })

export type TypeDescription = z.output<typeof type>

export function typeModel(description: TypeDescription): TypeModel {
  const {
    id,
    name,
    description: text,
    needs = {},
    attributes = {},
    aggregates,
    bars,
    migration,
  } = description
  return {
    sysfsName: id,
    needs,
    attributes: Object.entries(attributes).map(([path, attribute]) => vendorAttribute(path, attribute)),
    ...(name !== undefined && { prettyName: name }),
    ...(text !== undefined && { description: text }),
    ...(aggregates && { aggregates }),
    ...(bars && { bars: barModels(bars) }),
    ...(migration && { migration: migrationModel(migration) }),
  }
}
