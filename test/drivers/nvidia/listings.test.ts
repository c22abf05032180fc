import test from 'ava'
import { buildMachine, loadProfiles } from '../../../src/profile/index.ts'
import { Shell } from '../../support/tree.ts'

/** Types as hosts with these GPUs list them: number, name and description. */
const P100 = `
  160 GRID P100-2B: num_heads=4, frl_config=45, framebuffer=2048M, max_resolution=5120x2880, max_instance=8
  211 GRID P100-2B4: num_heads=4, frl_config=45, framebuffer=2048M, max_resolution=5120x2880, max_instance=8
  244 GRID P100-1B4: num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=16
  293 GRID P100-4C: num_heads=1, frl_config=60, framebuffer=4096M, max_resolution=4096x2160, max_instance=4
  294 GRID P100-8C: num_heads=1, frl_config=60, framebuffer=8192M, max_resolution=4096x2160, max_instance=2
  295 GRID P100-16C: num_heads=1, frl_config=60, framebuffer=16384M, max_resolution=4096x2160, max_instance=1
  83 GRID P100-1Q: num_heads=4, frl_config=60, framebuffer=1024M, max_resolution=5120x2880, max_instance=16
  84 GRID P100-2Q: num_heads=4, frl_config=60, framebuffer=2048M, max_resolution=7680x4320, max_instance=8
  85 GRID P100-4Q: num_heads=4, frl_config=60, framebuffer=4096M, max_resolution=7680x4320, max_instance=4
  86 GRID P100-8Q: num_heads=4, frl_config=60, framebuffer=8192M, max_resolution=7680x4320, max_instance=2
  87 GRID P100-16Q: num_heads=4, frl_config=60, framebuffer=16384M, max_resolution=7680x4320, max_instance=1
  88 GRID P100-1A: num_heads=1, frl_config=60, framebuffer=1024M, max_resolution=1280x1024, max_instance=16
  89 GRID P100-2A: num_heads=1, frl_config=60, framebuffer=2048M, max_resolution=1280x1024, max_instance=8
  90 GRID P100-4A: num_heads=1, frl_config=60, framebuffer=4096M, max_resolution=1280x1024, max_instance=4
  91 GRID P100-8A: num_heads=1, frl_config=60, framebuffer=8192M, max_resolution=1280x1024, max_instance=2
  92 GRID P100-16A: num_heads=1, frl_config=60, framebuffer=16384M, max_resolution=1280x1024, max_instance=1
  93 GRID P100-1B: num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=16
`
const A2 = `
  742 NVIDIA A2-1B: num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=16
  743 NVIDIA A2-2B: num_heads=4, frl_config=45, framebuffer=2048M, max_resolution=5120x2880, max_instance=8
  744 NVIDIA A2-1Q: num_heads=4, frl_config=60, framebuffer=1024M, max_resolution=5120x2880, max_instance=16
  745 NVIDIA A2-2Q: num_heads=4, frl_config=60, framebuffer=2048M, max_resolution=7680x4320, max_instance=8
  746 NVIDIA A2-4Q: num_heads=4, frl_config=60, framebuffer=4096M, max_resolution=7680x4320, max_instance=4
  747 NVIDIA A2-8Q: num_heads=4, frl_config=60, framebuffer=8192M, max_resolution=7680x4320, max_instance=2
  748 NVIDIA A2-16Q: num_heads=4, frl_config=60, framebuffer=16384M, max_resolution=7680x4320, max_instance=1
  749 NVIDIA A2-1A: num_heads=1, frl_config=60, framebuffer=1024M, max_resolution=1280x1024, max_instance=16
  750 NVIDIA A2-2A: num_heads=1, frl_config=60, framebuffer=2048M, max_resolution=1280x1024, max_instance=8
  751 NVIDIA A2-4A: num_heads=1, frl_config=60, framebuffer=4096M, max_resolution=1280x1024, max_instance=4
  752 NVIDIA A2-8A: num_heads=1, frl_config=60, framebuffer=8192M, max_resolution=1280x1024, max_instance=2
  753 NVIDIA A2-16A: num_heads=1, frl_config=60, framebuffer=16384M, max_resolution=1280x1024, max_instance=1
  754 NVIDIA A2-4C: num_heads=1, frl_config=60, framebuffer=4096M, max_resolution=4096x2400, max_instance=4
  755 NVIDIA A2-8C: num_heads=1, frl_config=60, framebuffer=8192M, max_resolution=4096x2400, max_instance=2
  756 NVIDIA A2-16C: num_heads=1, frl_config=60, framebuffer=16384M, max_resolution=4096x2400, max_instance=1
`

const listing = test.macro(
  (t, profile: string, parent: string, prepare: string | undefined, real: string) => {
    const sh = new Shell(buildMachine(loadProfiles([profile])).kernel.root)
    if (prepare !== undefined) sh.put(prepare, '1')
    const types = `/sys/class/mdev_bus/${parent}/mdev_supported_types`
    const line = (type: string) => {
      const read = (name: string) => sh.cat(`${types}/${type}/${name}`).trimEnd()
      t.is(read('device_api'), 'vfio-pci')
      return `${type.replace('nvidia-', '')} ${read('name')}: ${read('description')}`
    }
    t.deepEqual(
      sh.ls(types).map(line).sort(),
      real
        .trim()
        .split('\n')
        .map(each => each.trim())
        .sort(),
    )
  },
)

test('P100, R510', listing, 'nvidia-p100', '0000:3b:00.0', undefined, P100)
test('A2, R525', listing, 'nvidia-a2', '0000:08:00.4', '/sys/bus/pci/devices/0000:08:00.0/sriov_numvfs', A2)
