import test from 'ava'
import {
  CompatError,
  checkCompatibility,
  type FileSystem,
  type Interface,
  migrationMatrix,
  type Verdict,
} from '../../src/compat/index.ts'
import { openVolume } from '../../src/index.ts'
import { uuid } from '../support/machine.ts'

const DEVICES = '/sys/bus/mdev/devices'

/** A machine in this process, and what `compat` says of two of its directories. */
function machine(profile: string, parent: string) {
  const fs = openVolume({ profiles: [profile] })
  const types = `/sys/class/mdev_bus/${parent}/mdev_supported_types`
  const [prefix] = (fs.readdirSync(types) as string[]).map(name => name.slice(0, name.indexOf('-') + 1))
  const type = (name: string) => `${types}/${prefix}${name}`
  return {
    fs,
    type,
    create(name: string, n: number): string {
      fs.writeFileSync(`${type(name)}/create`, uuid(n))
      return `${DEVICES}/${uuid(n)}`
    },
    ask(asked: Interface, source: string, target: string): Verdict {
      const options = { interfaces: [asked], fs: fs as unknown as FileSystem }
      return checkCompatibility(source, target, options).interfaces[0]!
    },
  }
}

test('migration_version: twins are compatible, another type is not, and nothing is changed by asking', t => {
  const { fs, ask, create, type } = machine('gvtg-pdev1', '0000:00:02.0')
  const [a, b, c] = [create('GVTg_V5_4', 1), create('GVTg_V5_4', 2), create('GVTg_V5_2', 3)] as const
  const own = fs.readFileSync(`${b}/migration_version`, 'utf8')
  t.deepEqual(ask('migration_version', a, b), {
    interface: 'migration_version',
    result: 'compatible',
    detail: 'the target takes 8086-5912-GVTg_V5_4-00000001',
  } as never)
  t.like(ask('migration_version', a, c), {
    result: 'incompatible',
    reason:
      'the target refuses 8086-5912-GVTg_V5_4-00000001 with EINVAL, and has 8086-5912-GVTg_V5_2-00000001 itself',
  })
  t.is(fs.readFileSync(`${b}/migration_version`, 'utf8'), own)
  // before there is a device: the types are compared first
  t.like(ask('migration_version', a, type('GVTg_V5_4')), { result: 'compatible' })
  t.like(ask('migration_version', a, type('GVTg_V5_2')), { result: 'incompatible', field: 'mdev_type' })
  t.like(ask('migration_version', a, '/sys/devices/pci0000:00/0000:00:02.0'), {
    result: 'unsupported',
    reason: 'the target has no migration_version',
  })
})

test('vfio_migration: the driver folds aggregation into the version', t => {
  const { fs, ask, create } = machine('gvtg-pdev1', '0000:00:02.0')
  const [a, b] = [create('GVTg_V5_4', 1), create('GVTg_V5_4', 2)] as const
  t.like(ask('vfio_migration', a, b), { result: 'compatible' })
  fs.writeFileSync(`${a}/intel_vgpu/aggregator`, '2')
  t.like(ask('vfio_migration', a, b), { result: 'incompatible', field: 'vfio_migration_version' })
  // what the target could become is asked of its driver: two quarters are a half
  t.like(ask('self-compatible', a, b), { result: 'compatible', detail: 'with val1=4' })
})

test('RFC v2: parameters are tried on the target, which is left as it was', t => {
  const { fs, ask, create, type } = machine('my-nic', '0000:00:05.0')
  const [name] = (fs.readdirSync(type('').replace(/[^/]*$/, '')) as string[]).map(each =>
    each.replace(/^.*?-/, ''),
  )
  const [a, b] = [create(name!, 1), create(name!, 2)] as const
  const param = (device: string, parameter: string) => `${device}/migration/params/${parameter}`
  fs.writeFileSync(param(a, 'num-queues'), '4')
  fs.writeFileSync(`${a}/migration/applied`, '1')
  fs.writeFileSync(param(b, 'num-queues'), '2')
  t.like(ask('rfc-v2', a, b), { result: 'compatible', detail: 'the target applies 1 parameter' })
  t.is(fs.readFileSync(`${b}/migration/applied`, 'utf8'), '0\n')
  t.is(fs.readFileSync(param(b, 'num-queues'), 'utf8'), '2\n')
  fs.writeFileSync(`${b}/migration/applied`, '1')
  t.like(ask('rfc-v2', a, b), {
    result: 'incompatible',
    field: 'num-queues',
    reason: 'the target is set up with 2, not 4',
  })
  t.like(ask('rfc-v2', a, type(name!)), { result: 'compatible', detail: 'both are vendor-a.com/my-nic' })
})

test('RFC v3: an old device goes to a new one, back only without the feature', t => {
  const { fs, ask, create, type } = machine('my-nic-v3', '0000:00:05.0')
  const [young, old] = [create('nic', 1), create('nic-old', 2)] as const
  t.like(ask('rfc-v3', old, young), { result: 'compatible', detail: 'with num-resources=64' })
  t.like(ask('rfc-v3', young, old), {
    result: 'incompatible',
    field: 'new-feature',
    reason: 'the target has no parameter new-feature',
  })
  fs.writeFileSync(`${young}/migration/new-feature`, 'off')
  t.like(ask('rfc-v3', young, old), { result: 'compatible' })
  t.like(ask('rfc-v3', type('nic'), type('nic-old')), { result: 'incompatible' })
})

test('RFC v3: virtio features, a subset goes to a superset', t => {
  const { ask, type } = machine('virtio-features', '0000:00:06.0')
  t.like(ask('rfc-v3', type('net-mq'), type('net-all')), { result: 'compatible' })
  t.like(ask('rfc-v3', type('net-all'), type('net-mq')), { result: 'incompatible' })
  t.like(ask('rfc-v3', type('net-mq'), type('net-packed')), { field: 'VIRTIO_NET_F_MQ' })
})

test('RFC v4: the target lists the model and the version', t => {
  const { fs, ask, create, type } = machine('my-nic-v3', '0000:00:05.0')
  const [a, b] = [create('gfx', 1), create('gfx', 2)] as const
  t.like(ask('rfc-v4', a, b), { result: 'compatible' })
  fs.writeFileSync(`${a}/migration/device_model`, 'org.project/frame-buffer')
  t.like(ask('rfc-v4', a, type('gfx')), { result: 'compatible', detail: 'org.project/frame-buffer v1' })
  t.like(ask('rfc-v4', type('gfx'), type('gfx')), { result: 'compatible' })
  t.like(ask('rfc-v4', a, type('nic')), {
    result: 'unsupported',
    reason: 'the target has no migration_device_models',
  })
})

test('vfio-ccw: the type of the channel path counts, numbers of devices and subchannels do not', t => {
  const fs = openVolume({ profiles: ['ccw-migration'] })
  const [a, b, converter] = ['0.0.0000', '0.0.0001', '0.0.0002'].map((subchannel, n) => {
    fs.writeFileSync(`/sys/bus/css/devices/${subchannel}/mdev_supported_types/vfio_ccw-io/create`, uuid(n))
    return `${DEVICES}/${uuid(n)}`
  }) as [string, string, string]
  const ask = (source: string, target: string) =>
    checkCompatibility(source, target, { interfaces: ['self-compatible'], fs: fs as unknown as FileSystem })
      .interfaces[0]!
  t.like(ask(a, b), { result: 'compatible' })
  t.like(ask(a, converter), { result: 'incompatible', field: 'chpid_type' })
  t.like(ask(converter, b), { result: 'incompatible', field: 'chpid_type' })
  // one path fewer is no other type
  fs.writeFileSync('/sys/devices/css0/chp0.41/status', 'offline')
  t.like(ask(b, a), { result: 'compatible' })
})

test('the matrix has every type and every device, and nothing goes to itself', t => {
  const { fs, create } = machine('gvtg-pdev1', '0000:00:02.0')
  create('GVTg_V5_2', 1)
  const { entries, cells } = migrationMatrix(['/sys'], { fs: fs as unknown as FileSystem })
  t.deepEqual(
    entries.map(({ name }) => name),
    ['0000:00:02.0/i915-GVTg_V5_2', '0000:00:02.0/i915-GVTg_V5_4', uuid(1)],
  )
  t.deepEqual(
    cells.map(row => row.map(cell => cell?.result)),
    [
      ['compatible', 'incompatible', 'compatible'],
      ['incompatible', 'compatible', 'incompatible'],
      ['compatible', 'incompatible', undefined],
    ],
  )
})

test('what is no device is told in a sentence', t => {
  const { ask } = machine('gvtg-pdev1', '0000:00:02.0')
  t.throws(() => ask('rfc-v2', '/nowhere', '/sys'), {
    instanceOf: CompatError,
    message: /^\/nowhere is no directory that can be read: /,
  })
  t.throws(() => ask('rfc-v2', '/sys/bus', '/sys'), {
    message: /^\/sys\/bus is neither a device nor a type: /,
  })
})
