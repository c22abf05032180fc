import type { TypeModel } from './declarative/model.ts'
import type { SampleDriver } from './sample.ts'

/** The module parameter `count`. */
const DEFAULT_COUNT = 4

function type(name: string, width: number, height: number): TypeModel {
  const resolution = `${width}x${height}`
  return {
    sysfsName: name,
    prettyName: `mdpy-${name}`,
    description: `virtual display, ${resolution} framebuffer\n`,
    needs: {},
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
