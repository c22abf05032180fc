import type { PciIdentity } from '../pci/device.ts'
import { IORESOURCE_MEM, IORESOURCE_PREFETCH } from '../pci/resource.ts'
import type { TypeModel } from './declarative/model.ts'
import type { SampleDriver } from './sample.ts'

/** The module parameter `count`. */
const DEFAULT_COUNT = 4

const IDENTITY: PciIdentity = {
  vendor: 0x1b36,
  device: 0x000f,
  subsystemVendor: 0x1af4,
  subsystemDevice: 0x1100,
  class: 0x038000,
}
const CONFIG_SIZE = 0xff
const BYTES_PER_PIXEL = 4
/** `mdpy_get_irq_info()`: five kinds, none of which it has. */
const IRQS = new Array(5).fill({ count: 0, flags: 0 })

/** The frame buffer, rounded up to a power of 2. */
function framebuffer(width: number, height: number) {
  const size = 2 ** Math.ceil(Math.log2(width * height * BYTES_PER_PIXEL))
  return { flags: IORESOURCE_MEM | IORESOURCE_PREFETCH | 0x8, size }
}

function type(name: string, width: number, height: number): TypeModel {
  const resolution = `${width}x${height}`
  return {
    sysfsName: name,
    prettyName: `mdpy-${name}`,
    description: `virtual display, ${resolution} framebuffer\n`,
    needs: {},
    pci: { identity: IDENTITY, bars: [framebuffer(width, height)], configSize: CONFIG_SIZE, irqs: IRQS },
    attributes: [{ name: 'vendor/resolution', kind: 'string', writable: 'never', value: resolution }],
  }
}

/** samples/vfio-mdev/mdpy.c: displays, as many of all types together as the module parameter `count` says. */
export function mdpy(count = DEFAULT_COUNT): SampleDriver {
  return {
    name: 'mdpy',
    module: { parameters: { count: String(count) } },
    model: {
      deviceApi: 'vfio-pci',
      pools: [],
      instances: { limit: count, refusal: 'ENOMEM' },
      types: [type('vga', 640, 480), type('xga', 1024, 768), type('hd', 1920, 1080)],
    },
  }
}
