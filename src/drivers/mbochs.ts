import type { Release } from '../sysfs/release.ts'
import type { TypeModel } from './declarative/model.ts'
import type { SampleDriver } from './sample.ts'

/** The module parameter `count`, in megabytes. */
const DEFAULT_MBYTES = 256

function type(name: string, mbytes: number): TypeModel {
  return {
    sysfsName: name,
    prettyName: `mbochs-${name}`,
    description: `virtual display, ${mbytes} MB video memory\n`,
    needs: { mbytes },
    attributes: [{ name: 'vendor/memory', kind: 'string', writable: 'never', value: `${mbytes} MB` }],
  }
}

/** samples/vfio-mdev/mbochs.c: displays that share so many megabytes of video memory. */
export function mbochs(release: Release, mbytes = DEFAULT_MBYTES): SampleDriver {
  return {
    name: 'mbochs',
    module: { parameters: { count: String(mbytes) } },
    model: {
      deviceApi: 'vfio-pci',
      pools: [{ name: 'mbytes', total: mbytes, refusal: release.createInProbe ? 'ENOSPC' : 'ENOMEM' }],
      types: [type('small', 4), type('medium', 16), type('large', 64)],
    },
  }
}
