import type { z } from 'zod'
import type { TypeModel } from '../../drivers/declarative/model.ts'
import { PCI_STD_NUM_BARS } from '../../pci/resource.ts'
import { checkBarSize, resourceFlags } from '../bar.ts'
import { type Complain, fields, namesTo, part, related, shorthand } from '../schema/fields.ts'
import { bool, scalar, size, word } from '../schema/scalar.ts'

type BarModels = NonNullable<TypeModel['bars']>

/** Where a BAR lies is for the guest to say. */
const bar = related(
  shorthand(
    'size',
    fields('a size such as 16MB, or a map with size', {
      size,
      io: bool.meta({ description: 'I/O ports instead of memory' }).exactOptional(),
      width: word('32', '64')
        .meta({ description: 'bits of a memory BAR; 64 takes the next one too' })
        .exactOptional(),
      prefetchable: bool.exactOptional(),
    }),
  ),
  (bar: unknown, complain: Complain) => {
    const bytes = part(bar, 'size')
    if (typeof bytes === 'number') checkBarSize(bytes, complain)
  },
)

/** `bars` of a type. */
export const typeBars = namesTo(
  bar,
  'a map of BARs, such as {0: 16MB, 2: {size: 256MB, width: 64, prefetchable: yes}}',
  scalar('the number of a BAR, 0 to 5', text => (/^[0-5]$/.test(text) ? text : undefined), ['string']),
)

/** What is behind the file of a device of the type. */
export function barModels(descriptions: z.output<typeof typeBars>): BarModels {
  const models: BarModels[number][] = new Array(PCI_STD_NUM_BARS).fill(undefined)
  for (const [index, { size, io = false, width, prefetchable = false }] of Object.entries(descriptions))
    models[Number(index)] = { flags: resourceFlags({ io, wide: width === '64', prefetchable }), size }
  return models
}
