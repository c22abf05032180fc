import test from 'ava'
import { buildMachine } from '../../src/profile/build.ts'
import { parseConfig } from '../../src/profile/kinds/pci/config.ts'
import { outcome } from '../support/errno.ts'
import { BRIDGED, NIC, STATIC } from './fixtures.ts'
import { Client, failures, profileOf, withHead } from './support.ts'

function machine(body: string): Client {
  return new Client([profileOf(withHead(body))])
}

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
const DEVICE = '/sys/bus/pci/devices/0000:00:05.0'
const TYPES = `${DEVICE}/mdev_supported_types`

test('a device of which only a profile knows', t => {
  const nic = machine(NIC)
  t.deepEqual(nic.ls(TYPES), ['my-nic-small', 'my-nic-big'])
  const type = `${TYPES}/my-nic-small`
  t.is(nic.cat(`${type}/name`), 'Small NIC\n')
  t.is(nic.cat(`${TYPES}/my-nic-big/name`), 'big\n')
  t.is(nic.cat(`${type}/description`), 'queues: 1\nspeed: 10 Gbit/s\n')
  t.is(nic.cat(`${TYPES}/my-nic-big/description`), 'a device\nfor everybody\n')
  t.is(nic.cat(`${type}/available_instances`), '8\n')
  nic.put(`${type}/create`, UUID)
  t.is(nic.cat(`${type}/available_instances`), '7\n')
  t.is(nic.cat(`${TYPES}/my-nic-big/available_instances`), '0\n')
  t.is(nic.cat(`${DEVICE}/${UUID}/uevent`), 'DRIVER=my-nic_mdev\n')
  t.true(nic.ls('/sys/module').includes('my_nic'))

  const vendor = `${DEVICE}/${UUID}/vendor`
  t.is(nic.cat(`${vendor}/port`), '4\n')
  t.is(nic.cat(`${DEVICE}/${UUID}/serial`), `${UUID} of 0000:00:05.0\n`)
  t.is(nic.cat(`${vendor}/owner`), '\n')
  nic.put(`${vendor}/owner`, 'somebody\n')
  t.is(nic.cat(`${vendor}/owner`), 'somebody\n')
  t.is(
    outcome(() => nic.put(`${vendor}/mode`, 'fast')),
    'EINVAL',
  )
  nic.put(`${vendor}/mode`, 'slow\n')
  t.is(nic.cat(`${vendor}/mode`), 'slow\n')
  t.is(nic.cat(`${vendor}/mask`), '0x3\n')
  t.is(
    outcome(() => nic.put(`${vendor}/mask`, '100')),
    'EINVAL',
  )
  t.is(nic.cat(`${vendor}/rate`), '16\n')
  t.is(
    outcome(() => nic.put(`${vendor}/rate`, '5')),
    'EINVAL',
  )

  const others = ['2', '3'].map(digit => UUID.replace(/.$/, digit))
  nic.put(`${type}/create`, others[0]!)
  t.is(nic.cat(`${DEVICE}/${others[0]}/vendor/port`), '5\n')
  t.is(
    outcome(() => nic.put(`${type}/create`, others[1]!)),
    'EBUSY',
  )
})

test('text is bytes in sysfs', t => {
  const nic = machine(NIC.replace('Small NIC', 'Große Karte'))
  t.is(nic.cat(`${TYPES}/my-nic-small/name`), 'Große Karte\n')
})

test('instances that the core counts', t => {
  const client = machine(`devices:
  - pci: "0000:00:05.0"
    id: 1234:0001
    class: 0x020000
    driver: x
    instances: 1
    types: [{id: a, device_api: vfio-ccw}]
`)
  t.is(client.cat(`${TYPES}/x-a/device_api`), 'vfio-ccw\n')
  client.put(`${TYPES}/x-a/create`, UUID)
  t.is(
    outcome(() => client.put(`${TYPES}/x-a/create`, UUID.replace(/.$/, '2'))),
    'EUSERS',
  )
})

test('bridges give real paths, in whatever order they are described', t => {
  const client = machine(BRIDGED)
  t.true(client.ls('/sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0').includes('0000:02:00.0'))
  t.is(
    client.lookup('/sys/bus/pci/devices/0000:02:00.0')?.path,
    '/sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0/0000:02:00.0',
  )
  const xhci = '/sys/bus/pci/devices/0000:00:1d.0'
  t.is(client.cat(`${xhci}/revision`), '0x31\n')
  t.is(client.cat(`${xhci}/numa_node`), '0\n')
  t.is(client.cat(`${xhci}/irq`), '16\n')
  t.is(client.cat(`${xhci}/subsystem_device`), '0x07a3\n')
  t.false(client.ls(xhci).includes('driver'))
})

test('IOMMU groups', t => {
  const client = machine(BRIDGED)
  t.deepEqual(client.ls('/sys/kernel/iommu_groups').sort(), ['2', '5'])
  t.deepEqual(client.ls('/sys/kernel/iommu_groups/2/devices').sort(), [
    '0000:00:1c.0',
    '0000:01:00.0',
    '0000:02:00.0',
  ])
  t.is(client.cat('/sys/kernel/iommu_groups/2/type'), 'DMA\n')
  t.is(client.cat('/sys/kernel/iommu_groups/5/type'), 'identity\n')
  t.is(
    client.cat('/sys/kernel/iommu_groups/5/reserved_regions'),
    '0x0000000000001000 0x0000000000001fff direct\n0x00000000fee00000 0x00000000feefffff msi\n',
  )
})

test('a header follows from what is known of a device', t => {
  const client = machine(`devices:
  - pci: "0000:00:05.0"
    id: 8086:10fb
    subsystem: 8086:0003
    class: 0x020000
    revision: 0x01
    irq: 40
    bars:
      0: {memory: 0x1fd000000, size: 512KB, width: 64, prefetchable: yes}
      2: {io: 0xe020, size: 32}
      4: {memory: 0xfe600000, size: 16KB}
      rom: {memory: 0xfe580000, size: 512KB}
`)
  const lines = client.cat(`${DEVICE}/resource`).split('\n')
  t.is(lines.length, 14)
  t.is(lines[0], '0x00000001fd000000 0x00000001fd07ffff 0x000000000014220c')
  t.is(lines[1], '0x0000000000000000 0x0000000000000000 0x0000000000000000')
  t.is(lines[2], '0x000000000000e020 0x000000000000e03f 0x0000000000040101')
  t.is(lines[4], '0x00000000fe600000 0x00000000fe603fff 0x0000000000040200')
  t.is(lines[6], '0x00000000fe580000 0x00000000fe5fffff 0x0000000000046200')
  t.deepEqual(
    client.bytes(`${DEVICE}/config`).subarray(0, 64),
    Buffer.from(
      [
        '8680fb10 03000000 01000002 00000000',
        '0c0000fd 01000000 21e00000 00000000',
        '000060fe 00000000 00000000 86800300',
        '00000000 00000000 00000000 28010000',
      ]
        .join('')
        .replaceAll(' ', ''),
      'hex',
    ),
  )
})

test('a dump of configuration space', t => {
  const header = '00: 86 80 12 59\n30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 05\n'
  t.is(parseConfig(header).bytes.length, 256)
  t.is(parseConfig(`${header}100: 1b 00 01 20\n`).bytes.length, 4096)
  t.deepEqual([...parseConfig(header).bytes.subarray(0, 4)], [0x86, 0x80, 0x12, 0x59])
  t.is(parseConfig(header).bytes[0x3f], 5)
  t.throws(() => parseConfig('ff8: 00 00 00 00 00 00 00 00 00\n'))
})

test('static nodes', t => {
  const client = machine(STATIC)
  t.is(client.cat('/sys/class/dmi/id/sys_vendor'), 'LENOVO\n')
  t.is(client.cat('/sys/class/drm/card0/dev'), '226:0\n')
  t.is(client.cat('/sys/devices/pci0000:00/0000:00:05.0/drm/card0/dev'), '226:0\n')
  t.is(client.cat('/sys/firmware/table'), 'Hello\0')
  client.put('/sys/power/state', 'disk\n')
  t.is(client.cat('/sys/power/state'), 'disk\n')
  t.is(
    outcome(() => client.put('/sys/class/dmi/id/sys_vendor', 'x')),
    'EACCES',
  )
})

test('static nodes that find no place', t => {
  const builds = (text: string) => failures(() => buildMachine([profileOf(withHead(text))]))
  t.deepEqual(builds('static:\n  /sys/kernel/uevent_seqnum: 1\n'), [
    'test.yaml:5:3 /sys/kernel/uevent_seqnum is there already',
  ])
  t.deepEqual(builds('static:\n  /sys/kernel/uevent_seqnum/x: 1\n'), [
    'test.yaml:5:3 /sys/kernel/uevent_seqnum is a file, and nothing can stand below it',
  ])
  t.deepEqual(builds('static:\n  /sys/a: {link: /sys/b}\n'), [
    'test.yaml:5:3 there is no directory /sys/b that the link could lead to',
  ])
})

test('the architecture decides what the kernel was built with', t => {
  t.true(machine('devices: [{sample: mtty}]\n').ls('/sys/devices/virtual/mtty/mtty').includes('power'))
  const s390x = machine('arch: s390x\ndevices: [{sample: mtty}]\n')
  t.false(s390x.ls('/sys/devices/virtual/mtty/mtty').includes('power'))
})
