import test from 'ava'
import { gvtModel } from '../../../src/drivers/i915/gvt.ts'
import { GvtOps } from '../../../src/drivers/i915/ops.ts'
import { Machine } from '../../../src/drivers/machine.ts'
import { Device } from '../../../src/sysfs/base/device.ts'
import { O_RDWR } from '../../../src/sysfs/kernfs/file.ts'
import type { ReleaseName } from '../../../src/sysfs/release.ts'
import { bench, uuid } from '../../support/machine.ts'

const MB = 1024 * 1024
const GB = 1024 * MB

/** A GPU with nothing of PCI about it: GVT-g itself is what is looked at. */
function gpu(aperture: number, release: ReleaseName = '6.1', aggregation = false, ggtt = 4 * GB) {
  const machine = new Machine({ release })
  const init = {
    graphicsVersion: 9 as const,
    aperture,
    ggtt,
    aggregation,
    attributes: [
      {
        name: 'intel_vgpu/aggregator',
        kind: 'int' as const,
        writable: 'while closed' as const,
        value: '1',
        ranges: [[1, 8]] as const,
        multiplies: ['low_gm', 'high_gm'],
      },
    ],
  }
  const device = new Device(machine.kernel, 'gpu', {}).register()
  machine.registerMdevParent({
    device,
    driverName: 'intel_vgpu_mdev',
    ops: new GvtOps(init, machine.kernel.release),
    types: gvtModel(init).types,
  })
  const { sh } = bench(machine)
  const types = '/sys/devices/gpu/mdev_supported_types'
  return {
    sh,
    names: () => sh.ls(types).map(name => name.slice(-1)),
    available: () =>
      Object.fromEntries(
        sh
          .ls(types)
          .map(name => [name.slice(-1), Number(sh.cat(`${types}/${name}/available_instances`))])
          .sort(),
      ) as Record<string, number>,
    create: (type: number, id: number) => sh.try(`${types}/-GVTg_V5_${type}/create`, uuid(id)),
    file: (id: number, name: string) => `/sys/bus/mdev/devices/${uuid(id)}/${name}`,
  }
}

// listings of real hosts: what each aperture offers when nothing exists
for (const [aperture, expected] of [
  [256, { 4: 1, 8: 2 }],
  [512, { 2: 1, 4: 3, 8: 6 }],
  [1024, { 1: 1, 2: 2, 4: 5, 8: 7 }],
  [2048, { 1: 0, 2: 1, 4: 3, 8: 4 }],
] as const) {
  test(`types and counters with an aperture of ${aperture} MB`, t => {
    t.deepEqual(gpu(aperture * MB).available(), expected)
  })
}

test('a host with one _4 and one _8 lists what a real one did, and lets a _1 start when the _8 is gone', t => {
  const { sh, available, create, names, file } = gpu(1024 * MB, '5.10')
  t.deepEqual(
    names(),
    ['2', '1', '8', '4'].sort((a, b) => names().indexOf(a) - names().indexOf(b)),
  )
  t.is(create(4, 1), 36)
  t.is(create(8, 2), 36)
  t.deepEqual(available(), { 1: 0, 2: 1, 4: 3, 8: 4 })
  t.is(create(1, 3), 'ENOSPC')
  sh.put(file(2, 'remove'), '1')
  t.deepEqual(available(), { 1: 1, 2: 2, 4: 4, 8: 5 })
  t.is(create(1, 3), 36)
})

test('after one _2 of a 1 GiB aperture', t => {
  const { available, create } = gpu(1024 * MB)
  create(2, 1)
  t.deepEqual(available(), { 1: 0, 2: 1, 4: 3, 8: 4 })
})

test('5.10 does not look at fences before the first create', t => {
  // with less to map, high memory is what limits; with more, fences would
  t.is(gpu(1024 * MB, '5.10', false, 8 * GB).available()['8'], 14)
  t.is(gpu(1024 * MB, '6.1', false, 8 * GB).available()['8'], 7)
  const { available, create } = gpu(1024 * MB, '5.10', false, 8 * GB)
  create(8, 1)
  t.is(available()['8'], 6)
})

test('vgpu_id is the lowest that is free, from 1', t => {
  const { sh, create, file } = gpu(1024 * MB)
  for (const i of [1, 2, 3]) create(8, i)
  t.is(sh.cat(file(3, 'intel_vgpu/vgpu_id')), '3\n')
  sh.put(file(1, 'remove'), '1')
  create(8, 4)
  t.is(sh.cat(file(4, 'intel_vgpu/vgpu_id')), '1\n')
  t.is(sh.try(file(4, 'intel_vgpu/vgpu_id'), '5'), 'EACCES')
})

test('description and name', t => {
  const text = 'low_gm_size: 128MB\nhigh_gm_size: 512MB\nfence: 4\nresolution: 1920x1200\nweight: 4\n'
  for (const release of ['5.10', '6.1'] as const) {
    const { sh } = gpu(256 * MB, release)
    const type = '/sys/devices/gpu/mdev_supported_types/-GVTg_V5_4'
    t.is(sh.cat(`${type}/description`), text)
    if (release === '5.10') t.false(sh.exists(`${type}/name`))
    else t.is(sh.cat(`${type}/name`), 'GVTg_V5_4\n')
  }
})

test('intel_vgpu/aggregator multiplies the share of graphics memory', t => {
  const { sh, available, create, file } = gpu(1024 * MB)
  create(8, 1)
  const aggregator = file(1, 'intel_vgpu/aggregator')
  t.is(sh.cat(aggregator), '1\n')
  for (const text of ['x', '0', '9', '', '1 2', '-1'])
    t.is(sh.try(aggregator, text), text === '' ? 0 : 'EINVAL', text)
  t.is(sh.try(aggregator, '4\n'), 2)
  t.is(sh.cat(aggregator), '4\n')
  // 896 - 256 MB low, 2688 - 1536 MB high, 28 - 4 fences
  t.deepEqual(available(), { 1: 0, 2: 1, 4: 2, 8: 3 })
  t.is(sh.try(aggregator, '8'), 'ENOSPC')
  t.is(sh.cat(aggregator), '4\n', 'unchanged')
  const group = sh.open('/dev/vfio/0', O_RDWR)
  t.is(sh.try(aggregator, '2'), 'EBUSY')
  group.release()
  t.is(sh.try(aggregator, '1'), 1)
  t.deepEqual(available(), { 1: 1, 2: 2, 4: 4, 8: 6 })
  sh.put(file(1, 'remove'), '1')
  t.deepEqual(available(), { 1: 1, 2: 2, 4: 5, 8: 7 })
})

test('the proposed mdev/ directory: only the smallest type aggregates', t => {
  const { sh, create, file, available } = gpu(1024 * MB, '6.1', true)
  create(8, 1)
  create(4, 2)
  const count = file(1, 'mdev/aggregated_instances')
  t.is(sh.cat(count), '1\n')
  t.is(sh.cat(file(1, 'mdev/max_aggregation')), `${available()['8']! + 1}\n`)
  t.is(sh.cat(file(2, 'mdev/max_aggregation')), '0\n')
  t.is(sh.cat(file(2, 'mdev/aggregated_instances')), '0\n')
  t.is(sh.try(file(2, 'mdev/aggregated_instances'), '1'), 1)
  t.is(sh.try(file(2, 'mdev/aggregated_instances'), '2'), 'EINVAL')
  for (const text of ['x', '0', '100']) t.is(sh.try(count, text), 'EINVAL', text)
  t.is(sh.try(count, '3'), 1)
  t.is(sh.cat(count), '3\n')
  t.is(sh.cat(file(1, 'intel_vgpu/aggregator')), '3\n', 'one truth')
  const group = sh.open('/dev/vfio/0', O_RDWR)
  t.is(sh.try(count, '2'), 'EINVAL')
  t.is(sh.try(count, '3'), 1)
  group.release()
  t.regex(sh.cat('/sys/devices/gpu/mdev_supported_types/-GVTg_V5_8/description'), /\naggregation: yes\n$/)
  t.regex(sh.cat('/sys/devices/gpu/mdev_supported_types/-GVTg_V5_4/description'), /\naggregation: no\n$/)
})
