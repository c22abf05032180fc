import test from 'ava'
import { loadProfile } from '../../src/profile/load.ts'
import type { ReleaseName } from '../../src/sysfs/release.ts'
import { outcome } from '../support/errno.ts'
import { Client } from './support.ts'

const GPU = '/sys/class/mdev_bus/0000:00:02.0'
const TYPES = `${GPU}/mdev_supported_types`
const UUIDS = Array.from({ length: 9 }, (_, i) => `83b8f4f2-509f-382f-3c1e-e6bfe0fa100${i}`)

function host(name: string, kernel?: ReleaseName) {
  const client = new Client([loadProfile(name)], kernel)
  return {
    ...client,
    client,
    /** Types in the order of the directory, and how many are left of each. */
    available: () =>
      client.ls(TYPES).map(type => `${type} ${client.cat(`${TYPES}/${type}/available_instances`).trim()}`),
    create: (type: string, uuid: string) =>
      outcome(() => client.put(`${TYPES}/i915-GVTg_${type}/create`, uuid)),
    remove: (uuid: string) => client.put(`${GPU}/${uuid}/remove`, '1'),
    aggregate: (uuid: string, count: string) =>
      outcome(() => client.put(`${GPU}/${uuid}/intel_vgpu/aggregator`, count)),
  }
}

test('the Broadwell host of mdevctl’s README, with a _4 and a _8', t => {
  const { client, available, create, remove } = host('gvtg-broadwell', '5.10')
  create('V4_4', UUIDS[0]!)
  create('V4_8', UUIDS[1]!)
  t.deepEqual(available(), ['i915-GVTg_V4_2 1', 'i915-GVTg_V4_1 0', 'i915-GVTg_V4_8 4', 'i915-GVTg_V4_4 3'])
  t.is(
    client.cat(`${TYPES}/i915-GVTg_V4_2/description`),
    'low_gm_size: 256MB\nhigh_gm_size: 1024MB\nfence: 4\nresolution: 1920x1200\nweight: 8\n',
  )
  t.false(client.ls(`${TYPES}/i915-GVTg_V4_2`).includes('name'))
  remove(UUIDS[1]!)
  t.is(create('V4_1', UUIDS[2]!), undefined)
})

test('apertures', t => {
  t.deepEqual(host('gvtg-kabylake').available().sort(), [
    'i915-GVTg_V5_1 1',
    'i915-GVTg_V5_2 2',
    'i915-GVTg_V5_4 5',
    'i915-GVTg_V5_8 7',
  ])
  t.deepEqual(host('gvtg-kabylake-512mb').available().sort(), [
    'i915-GVTg_V5_2 1',
    'i915-GVTg_V5_4 3',
    'i915-GVTg_V5_8 6',
  ])
  t.deepEqual(host('gvtg-kabylake-256mb').available().sort(), ['i915-GVTg_V5_4 1', 'i915-GVTg_V5_8 2'])
})

test('what the GPU says of itself', t => {
  const { client } = host('gvtg-kabylake')
  t.is(
    client.cat(`${GPU}/uevent`),
    `DRIVER=i915\nPCI_CLASS=30000\nPCI_ID=8086:5912\nPCI_SUBSYS_ID=8086:2212\nPCI_SLOT_NAME=0000:00:02.0\n${'MODALIAS=pci:v00008086d00005912sv00008086sd00002212bc03sc00i00\n'}`,
  )
  t.is(
    client.cat(`${GPU}/resource`).split('\n')[2],
    '0x0000000080000000 0x00000000bfffffff 0x000000000014220c',
  )
  t.is(client.cat(`${TYPES}/i915-GVTg_V5_4/name`), 'GVTg_V5_4\n')
  t.deepEqual(client.ls('/sys/bus/mdev/drivers'), ['intel_vgpu_mdev'])
})

test('intel_vgpu/aggregator takes memory from everybody', t => {
  const { client, available, create, aggregate } = host('gvtg-kabylake')
  const [a, b] = UUIDS as [string, string]
  create('V5_8', a)
  t.is(client.cat(`${GPU}/${a}/intel_vgpu/vgpu_id`), '1\n')
  t.is(client.cat(`${GPU}/${a}/intel_vgpu/aggregator`), '1\n')
  t.is(aggregate(a, '4'), undefined)
  t.is(client.cat(`${GPU}/${a}/intel_vgpu/aggregator`), '4\n')
  const fours = ['i915-GVTg_V5_1 0', 'i915-GVTg_V5_2 1', 'i915-GVTg_V5_4 2', 'i915-GVTg_V5_8 3']
  t.deepEqual(available().sort(), fours)
  for (const text of ['0', '9', 'x', '-1', '', '1 2']) {
    if (text !== '') t.is(aggregate(a, text), 'EINVAL', text)
    t.deepEqual(available().sort(), fours)
  }
  create('V5_2', b)
  t.is(aggregate(b, '2'), 'ENOSPC')
  t.is(client.cat(`${GPU}/${b}/intel_vgpu/aggregator`), '1\n')
  t.is(aggregate(a, '1\n'), undefined)
  t.is(aggregate(b, '2'), undefined)
})

test('the proposed mdev/ directory', t => {
  const { client, create } = host('gvtg-aggregation')
  const [a, b] = UUIDS as [string, string]
  create('V5_8', a)
  create('V5_4', b)
  const at = (uuid: string, name: string) => client.cat(`${GPU}/${uuid}/mdev/${name}`)
  t.is(at(a, 'max_aggregation'), '5\n')
  t.is(at(a, 'aggregated_instances'), '1\n')
  t.is(at(b, 'max_aggregation'), '0\n')
  t.is(at(b, 'aggregated_instances'), '0\n')
  client.put(`${GPU}/${a}/mdev/aggregated_instances`, '3')
  t.is(at(a, 'max_aggregation'), '5\n')
  t.is(client.cat(`${GPU}/${a}/intel_vgpu/aggregator`), '3\n')
  t.is(
    outcome(() => client.put(`${GPU}/${a}/mdev/aggregated_instances`, '6')),
    'EINVAL',
  )
  const last = (type: string) => client.cat(`${TYPES}/i915-GVTg_${type}/description`).split('\n').at(-2)
  t.is(last('V5_8'), 'aggregation: yes')
  t.is(last('V5_1'), 'aggregation: no')
})

test('without i915 there are no types, and with it they are back', t => {
  const { client, available, create } = host('gvtg-kabylake')
  create('V5_4', UUIDS[0]!)
  client.put('/sys/bus/pci/drivers/i915/unbind', '0000:00:02.0')
  t.deepEqual(client.ls('/sys/class/mdev_bus'), [])
  t.deepEqual(client.ls('/sys/bus/mdev/devices'), [])
  client.put('/sys/bus/pci/drivers/i915/bind', '0000:00:02.0')
  t.deepEqual(client.ls('/sys/class/mdev_bus'), ['0000:00:02.0'])
  t.true(available().includes('i915-GVTg_V5_4 5'))
})
