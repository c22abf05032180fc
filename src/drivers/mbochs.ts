import type { PciIdentity } from '../pci/device.ts'
import { IORESOURCE_MEM, IORESOURCE_PREFETCH } from '../pci/resource.ts'
import type { Release } from '../sysfs/release.ts'
import type { TypeModel } from './declarative/model.ts'
import type { SampleDriver } from './sample.ts'

/** The module parameter `count`, in megabytes. */
const DEFAULT_MBYTES = 256

/** As QEMU's bochs-display. */
const IDENTITY: PciIdentity = {
  vendor: 0x1234,
  device: 0x1111,
  subsystemVendor: 0x1af4,
  subsystemDevice: 0x1100,
  class: 0x038000,
}
const CONFIG_SIZE = 0xff
const MEGABYTE = 2 ** 20
const MMIO = { flags: IORESOURCE_MEM, size: 4096 }
/** Five kinds, none of which it has. */
const IRQS = new Array(5).fill({ count: 0, flags: 0 })

function type(name: string, mbytes: number): TypeModel {
  return {
    sysfsName: name,
    prettyName: `mbochs-${name}`,
    description: `virtual display, ${mbytes} MB video memory\n`,
    needs: { mbytes },
    pci: {
      identity: IDENTITY,
      revision: 2,
      bars: [{ flags: IORESOURCE_MEM | IORESOURCE_PREFETCH | 0x8, size: mbytes * MEGABYTE }, undefined, MMIO],
      configSize: CONFIG_SIZE,
      irqs: IRQS,
    },
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
