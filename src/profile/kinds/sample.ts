import type { z } from 'zod'
import { mbochs } from '../../drivers/mbochs.ts'
import { mdpy } from '../../drivers/mdpy.ts'
import { mtty } from '../../drivers/mtty.ts'
import { loadSample, type SampleDriver } from '../../drivers/sample.ts'
import type { Release } from '../../sysfs/release.ts'
import type { Kind, Site } from '../kind.ts'
import { type Complain, fields, part, related } from '../schema/fields.ts'
import { numberFrom, word } from '../schema/scalar.ts'

const address = word('mtty', 'mdpy', 'mbochs')

const schema = related(
  fields('a sample driver', {
    sample: address.meta({ description: "one of the kernel's sample drivers (samples/vfio-mdev)" }),
    count: numberFrom(0, 65_536)
      .meta({ description: 'the module parameter: displays of mdpy (4), megabytes of mbochs (256)' })
      .exactOptional(),
  }),
  checkSample,
)

function checkSample(sample: unknown, complain: Complain): void {
  if (part(sample, 'sample') === 'mtty' && part(sample, 'count') !== undefined)
    complain(['count'], 'mtty has no module parameter; leave count out', { key: true })
}

function driver({ sample, count }: z.output<typeof schema>, release: Release): SampleDriver {
  switch (sample) {
    case 'mtty':
      return mtty(release)
    case 'mdpy':
      return mdpy(count)
    case 'mbochs':
      return mbochs(release, count)
  }
}

/** The kernel's sample drivers, each with its module parameters. */
export const sample: Kind = {
  key: 'sample',
  address,
  schema,
  build({ machine }: Site, descriptions: readonly z.output<typeof schema>[]) {
    for (const description of descriptions) loadSample(machine, driver(description, machine.kernel.release))
  },
}
