import type { PciIdentity } from '../pci/device.ts'
import { IORESOURCE_IO } from '../pci/resource.ts'
import { attrRO, EntryTable, group } from '../sysfs/kernfs/table.ts'
import type { Release } from '../sysfs/release.ts'
import type { TypeModel } from './declarative/model.ts'
import type { SampleDriver } from './sample.ts'

const MAX_TTYS = 24

/** A 16550-compatible controller of WCH; the driver shows 255 bytes of its configuration space. */
const IDENTITY: PciIdentity = {
  vendor: 0x4348,
  device: 0x3253,
  subsystemVendor: 0x4348,
  subsystemDevice: 0x3253,
  class: 0x070002,
}
const REVISION = 0x10
const CONFIG_SIZE = 0xff
const PORT = { flags: IORESOURCE_IO | 1, size: 8 }

function type(ports: number, prettyName: string): TypeModel {
  return {
    sysfsName: String(ports),
    prettyName,
    needs: { ports },
    pci: {
      identity: IDENTITY,
      revision: REVISION,
      bars: new Array(ports).fill(PORT),
      configSize: CONFIG_SIZE,
    },
    attributes: [
      { name: 'vendor/sample_mdev_dev', kind: 'string', writable: 'never', value: 'This is MDEV {uuid}' },
    ],
  }
}

/** `mtty_dev/` of the parent; gone by 6.1. */
const parentGroup = new EntryTable<never>([
  group('mtty_dev', [attrRO('sample_mtty_dev', () => 'This is phy device\n')]),
])

/**
 * samples/vfio-mdev/mtty.c: serial ports, one or two a device, out of 24. Up to 5.10 create does not look whether there
 * are any left.
 */
export function mtty(release: Release): SampleDriver {
  return {
    name: 'mtty',
    module: { version: '0.1' },
    ...(!release.coreTypeAttributes && { groups: [parentGroup] }),
    model: {
      deviceApi: 'vfio-pci',
      pools: [{ name: 'ports', total: MAX_TTYS, refusal: 'ENOSPC', unchecked: !release.createInProbe }],
      types: [type(1, 'Single port serial'), type(2, 'Dual port serial')],
    },
  }
}
