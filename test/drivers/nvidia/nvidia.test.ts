import test from 'ava'
import fc from 'fast-check'
import { Gpu } from '../../../src/drivers/nvidia/gpu.ts'
import { vmNameOf } from '../../../src/drivers/nvidia/vgpu.ts'
import { parseVgpuType, type VgpuType } from '../../../src/drivers/nvidia/vgpu-type.ts'
import { buildMachine, loadProfiles } from '../../../src/profile/index.ts'
import { Errno } from '../../../src/sysfs/lib/errno.ts'
import type { ReleaseName } from '../../../src/sysfs/release.ts'
import { outcome } from '../../support/errno.ts'
import { bench, uuid } from '../../support/machine.ts'

function host(profile: string, kernel?: ReleaseName) {
  const commandLine = (pid: number) =>
    pid === 1 ? ['/usr/bin/qemu-system-x86_64', '-name', 'guest=vm1,debug-threads=on', '-S'] : []
  const release = kernel ? { kernel } : {}
  return bench(buildMachine(loadProfiles([profile], release), { ...release, commandLine }))
}

const P100 = '/sys/devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0'
const A2 = '/sys/bus/pci/devices/0000:08:00.0'
const L40S = '/sys/bus/pci/devices/0000:26:00.0'
const FULL = 'num_heads=1, frl_config=60, framebuffer=8192M, max_resolution=4096x2160, max_instance=2\n'

function parent(profile: 'nvidia-p100', kernel?: ReleaseName) {
  const found = host(profile, kernel)
  const [pci] = found.sh.ls('/sys/class/mdev_bus')
  return { ...found, gpu: `/sys/class/mdev_bus/${pci}` }
}

test('P100: types are those of a real host, in its order; two of 8 GB fill it', t => {
  const { sh, gpu } = parent('nvidia-p100')
  // virsh nodedev-dumpxml shows them as readdir gives them
  const order = '88 211 86 84 294 92 244 90 89 87 85 295 93 83 293 160 91'
  t.is(
    sh
      .ls(`${gpu}/mdev_supported_types`)
      .map(name => name.replace('nvidia-', ''))
      .join(' '),
    order,
  )
  const type = (id: number) => `${gpu}/mdev_supported_types/nvidia-${id}`
  t.is(sh.cat(`${type(294)}/name`), 'GRID P100-8C\n')
  t.is(sh.cat(`${type(294)}/description`), FULL)
  t.is(sh.cat(`${type(211)}/description`).split(',')[1], ' frl_config=45')
  sh.put(`${type(294)}/create`, uuid(1))
  // homogeneous placement: only what is as large
  t.deepEqual(
    [294, 86, 91, 295, 83].map(id => sh.cat(`${type(id)}/available_instances`)),
    ['1\n', '1\n', '1\n', '0\n', '0\n'],
  )
  t.is(sh.try(`${type(83)}/create`, uuid(2)), 'EIO')
  sh.put(`${type(294)}/create`, uuid(2))
  for (const name of order.split(' ')) t.is(sh.cat(`${type(Number(name))}/available_instances`), '0\n', name)
  t.is(sh.try(`${type(294)}/create`, uuid(3)), 'EIO')
  t.deepEqual(sh.ls('/sys/bus/mdev/devices'), [uuid(1), uuid(2)])
})

test('nvidia/: parameters lose their last byte, and the name of the virtual machine is there while it runs', t => {
  const { sh, gpu } = parent('nvidia-p100')
  sh.put(`${gpu}/mdev_supported_types/nvidia-83/create`, uuid(1))
  const mdev = `/sys/bus/mdev/devices/${uuid(1)}`
  const params = `${mdev}/nvidia/vgpu_params`
  t.is(sh.cat(params), '\n')
  t.is(sh.cat(`${mdev}/nvidia/vm_name`), '\n')
  t.is(sh.try(params, 'frame_rate_limiter=0\n'), 21)
  t.is(sh.cat(params), 'frame_rate_limiter=0\n')
  t.is(sh.try(params, 'a=1'), 3)
  t.is(sh.cat(params), 'a=\n')
  t.is(sh.try(params, 'x'.repeat(1025)), 'E2BIG')
  t.is(sh.try(params, 'ab\0cd\n'), 6)
  t.is(sh.cat(params), 'ab\n')
  t.is(sh.try(params, '\n'), 1)
  t.is(sh.cat(params), '\n')
  const group = /\d+$/.exec(sh.readlink(`${mdev}/iommu_group`))![0]
  const file = sh.open(`/dev/vfio/${group}`)
  t.is(sh.cat(`${mdev}/nvidia/vm_name`), 'vm1\n')
  t.is(sh.try(params, 'b=1\n'), 'EPERM')
  file.release()
  t.is(sh.cat(`${mdev}/nvidia/vm_name`), '\n')
})

test('the name of a virtual machine', t => {
  t.is(vmNameOf(['/usr/bin/qemu', '-name', 'plain']), 'plain')
  t.is(vmNameOf(['/usr/bin/qemu', '-name', 'guest=a,process=b']), 'a')
  t.is(vmNameOf(['/bin/cat', 'x']), 'cat')
  t.is(vmNameOf([]), '')
})

test('who drives the mdevs: vfio_mdev up to 5.10, nvidia-vgpu-vfio since', t => {
  for (const [kernel, driver] of [
    ['5.10', 'vfio_mdev'],
    ['6.1', 'nvidia-vgpu-vfio'],
  ] as const) {
    const { sh, gpu } = parent('nvidia-p100', kernel)
    sh.put(`${gpu}/mdev_supported_types/nvidia-83/create`, uuid(1))
    t.is(
      sh
        .readlink(`${P100}/${uuid(1)}/driver`)
        .split('/')
        .at(-1),
      driver,
    )
  }
})

test('A2: the virtual functions offer the types, each for one vGPU', t => {
  const { sh, events } = host('nvidia-a2')
  t.false(sh.exists('/sys/class/mdev_bus'), 'the GPU itself offers none')
  t.is(sh.cat(`${A2}/sriov_totalvfs`), '16\n')
  events()
  sh.put(`${A2}/sriov_numvfs`, '16')
  t.is(events().filter(event => event.includes('MDEV_STATE=registered')).length, 16)
  t.is(sh.ls('/sys/class/mdev_bus').length, 16)
  const vf = (name: string) => `/sys/class/mdev_bus/0000:08:${name}`
  // as a real host has them (08:01.7)
  t.is(sh.cat(`${vf('01.7')}/dma_mask_bits`), '47\n')
  t.is(sh.cat(`${vf('01.7')}/ari_enabled`), '1\n')
  t.is(
    sh.cat(`${vf('01.7')}/uevent`),
    'DRIVER=nvidia\nPCI_CLASS=30200\nPCI_ID=10DE:25B6\nPCI_SUBSYS_ID=10DE:0000\nPCI_SLOT_NAME=0000:08:01.7\nMODALIAS=pci:v000010DEd000025B6sv000010DEsd00000000bc03sc02i00\n',
  )
  t.deepEqual(
    sh
      .cat(`${vf('01.7')}/resource`)
      .split('\n')
      .slice(0, 4),
    [
      '0x00000000942c0000 0x00000000942fffff 0x0000000000040200',
      '0x0000039980000000 0x00000399ffffffff 0x000000000014220c',
      '0x0000000000000000 0x0000000000000000 0x0000000000000000',
      '0x0000039c16000000 0x0000039c17ffffff 0x000000000014220c',
    ],
  )
  // three of 4 GB on others
  const create = (name: string, type: number, n: number) =>
    sh.try(`${vf(name)}/mdev_supported_types/nvidia-${type}/create`, uuid(n))
  for (const [name, type, n] of [
    ['00.4', 754, 1],
    ['02.0', 746, 2],
    ['00.6', 751, 3],
  ] as const)
    t.is(create(name, type, n), 36)
  const types = `${vf('01.7')}/mdev_supported_types`
  const free = (path: string) =>
    sh
      .ls(path)
      .filter(name => sh.cat(`${path}/${name}/available_instances`) === '1\n')
      .sort()
  t.deepEqual(free(types), ['nvidia-746', 'nvidia-751', 'nvidia-754'])
  t.deepEqual(free(`${vf('00.4')}/mdev_supported_types`), [], 'it has its vGPU')
  t.is(create('00.4', 754, 4), 'EIO')
  t.is(create('01.7', 744, 4), 'EIO')
  t.is(create('01.7', 746, 4), 36)
  t.is(create('01.6', 746, 5), 'EIO', 'the frame buffer is given away')
  // all go with the functions
  sh.put(`${A2}/sriov_numvfs`, '0')
  t.deepEqual(sh.ls('/sys/class/mdev_bus'), [])
  t.deepEqual(sh.ls('/sys/bus/mdev/devices'), [])
  sh.put(`${A2}/sriov_numvfs`, '1')
  t.is(create('00.4', 748, 1), 36)
})

const HEADER = 'ID    : vGPU Name\n'

test('L40S: a virtual function becomes a vGPU by its type, and there are no mdevs', t => {
  const { sh, events } = host('nvidia-l40s')
  sh.put(`${L40S}/sriov_numvfs`, '32')
  t.false(sh.exists(`${L40S}/nvidia`))
  t.false(sh.exists('/sys/class/mdev_bus'))
  const vf = (n: number) => `/sys/bus/pci/devices/0000:26:${['00.4', '00.5', '00.6', '00.7'][n]}`
  const creatable = (n: number) => sh.cat(`${vf(n)}/nvidia/creatable_vgpu_types`)
  const type = (n: number) => `${vf(n)}/nvidia/current_vgpu_type`
  t.true(creatable(0).startsWith(`${HEADER}1145  : NVIDIA L40S-1B\n1146  : NVIDIA L40S-2B\n`))
  t.true(creatable(0).endsWith('1166  : NVIDIA L40S-48A\n2164  : NVIDIA L40S-3B\n'))
  t.is(creatable(0).split('\n').length, 25)
  t.is(sh.cat(type(0)), '0\n')
  events()
  for (const [written, answer] of [
    ['x', 'EINVAL'],
    ['0x47c', 'EINVAL'],
    ['99999999999999999999', 'ERANGE'],
    ['0', 'EPERM'],
    ['7', 'EIO'],
    ['-1', 'EIO'],
    ['1155\n', 5],
    ['1155', 'EPERM'],
    ['1156', 'EPERM'],
  ] as const)
    t.is(sh.try(type(0), written), answer, written)
  t.is(sh.cat(type(0)), '1155\n')
  t.is(creatable(0), HEADER)
  t.is(creatable(1), `${HEADER}1155  : NVIDIA L40S-24Q\n1165  : NVIDIA L40S-24A\n`)
  t.is(sh.try(type(1), '1165'), 4)
  t.is(creatable(2), HEADER)
  t.is(sh.try(type(2), '1155'), 'EIO')
  t.deepEqual(events(), [], 'nobody is told')
  t.is(sh.try(`${vf(2)}/nvidia/vgpu_params`, 'a\n'), 'ENXIO')
  t.is(sh.try(`${vf(1)}/nvidia/vgpu_params`, 'a\n'), 2)
  t.is(sh.cat(`${vf(1)}/nvidia/vgpu_params`), 'a\n')

  const node = (n: number) => `/dev/vfio/devices/${sh.ls(`${vf(n)}/vfio-dev`)[0]}`
  t.is(
    outcome(() => sh.open(node(2))),
    'ENODEV',
  )
  const file = sh.open(node(1))
  t.is(sh.try(type(1), '0'), 'EPERM')
  file.release()
  t.is(sh.try(type(1), '0'), 1)
  t.is(creatable(2), `${HEADER}1155  : NVIDIA L40S-24Q\n1165  : NVIDIA L40S-24A\n`)
  t.is(sh.try(type(0), '0'), 1)
  t.is(creatable(2).split('\n').length, 25)
  sh.put(`${L40S}/sriov_numvfs`, '0')
  t.false(sh.exists(vf(0)))
})

test('names say everything of a type', t => {
  const type = (name: string, naming?: object) => parseVgpuType(1, name, naming)
  t.like(type('GRID M60-0B'), { framebuffer: 512, heads: 2, frameRateLimit: 45, resolution: '2560x1600' })
  t.like(type('GRID M60-2Q', { maxwell: true }), { heads: 4, resolution: '5120x2880' })
  t.like(type('GRID P40-2Q'), { framebuffer: 2048, resolution: '7680x4320' })
  t.like(type('GRID P100-1B4'), { framebuffer: 1024, heads: 4, frameRateLimit: 45, resolution: '5120x2880' })
  t.like(type('NVIDIA A2-16A'), { framebuffer: 16384, heads: 1, resolution: '1280x1024' })
  t.is(type('NVIDIA A2'), undefined)
})

test('placement agrees with counting, whatever is taken and given back', t => {
  const types = ['1Q', '2Q', '2B', '4C', '8Q', '16A', '1A'].map(
    (name, id) => parseVgpuType(id, `X-${name}`) as VgpuType,
  )
  const step = fc.tuple(fc.boolean(), fc.nat(6))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(16384, 49152), (steps, framebuffer) => {
      const gpu = new Gpu(framebuffer, types)
      const model: VgpuType[] = []
      for (const [takes, n] of steps) {
        const type = types[n]!
        if (takes) {
          const fits =
            model.every(other => other.framebuffer === type.framebuffer) &&
            model.length < Math.min(32, framebuffer / type.framebuffer)
          try {
            gpu.take(type)
            t.true(fits)
            model.push(type)
          } catch (error) {
            t.true(error instanceof Errno && error.code === 'EIO' && !fits)
          }
        } else if (model.includes(type)) {
          gpu.give(type)
          model.splice(model.indexOf(type), 1)
        }
        for (const each of types) {
          const same = model.every(other => other.framebuffer === each.framebuffer)
          const most = Math.min(32, framebuffer / each.framebuffer)
          t.is(gpu.available(each), same ? most - model.length : 0)
        }
      }
    }),
  )
})
