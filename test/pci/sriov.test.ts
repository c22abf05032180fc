import test from 'ava'
import { walk } from '../../src/pci/config/walk.ts'
import { board, EDU, IGB } from './support.ts'

const BRIDGE = '/sys/devices/pci0000:00/0000:00:06.0'

test('numbers that can not be are refused', t => {
  const { sh } = board()
  const numvfs = `${IGB}/sriov_numvfs`
  for (const [text, answer] of [
    ['x', 'EINVAL'],
    ['-1', 'EINVAL'],
    ['100', 'ERANGE'],
    ['70000', 'EINVAL'],
    ['0', 1],
  ] as const) {
    t.is(sh.try(numvfs, text), answer, text)
  }
  t.is(sh.cat(numvfs), '0\n')
  t.false(sh.exists(`${EDU}/sriov_numvfs`))
})

test('virtual functions come and go', t => {
  const { sh, events } = board()
  t.is(sh.try(`${IGB}/sriov_drivers_autoprobe`, '0'), 1)
  events()
  t.is(sh.try(`${IGB}/sriov_numvfs`, '2\n'), 2)
  t.deepEqual(
    events().map(event => event.split(' ')[0]),
    [
      `add@/devices/pci0000:00/0000:00:06.0/0000:01:10.0`,
      `change@/devices/pci0000:00/0000:00:06.0/0000:01:10.0`,
      `add@/devices/pci0000:00/0000:00:06.0/0000:01:10.2`,
      `change@/devices/pci0000:00/0000:00:06.0/0000:01:10.2`,
      `change@/devices/pci0000:00/0000:00:06.0/0000:01:00.0`,
    ],
  )
  t.is(sh.readlink(`${IGB}/virtfn0`), '../0000:01:10.0')
  t.is(sh.readlink(`${IGB}/virtfn1`), '../0000:01:10.2')
  t.is(sh.readlink(`${IGB}/virtfn0/physfn`), '../0000:01:00.0')
  t.is(sh.try(`${IGB}/sriov_numvfs`, '3'), 'EBUSY')
  t.is(sh.try(`${IGB}/sriov_numvfs`, '2'), 1)
  t.is(sh.cat(`${IGB}/sriov_numvfs`), '2\n')
  events()
  t.is(sh.try(`${IGB}/sriov_numvfs`, '0'), 1)
  t.deepEqual(
    events().map(event => event.split(' ')[0]),
    [
      'remove@/devices/pci0000:00/0000:00:06.0/0000:01:10.0',
      'remove@/devices/pci0000:00/0000:00:06.0/0000:01:10.2',
    ],
  )
  t.false(sh.exists(`${BRIDGE}/0000:01:10.0`))
  t.false(sh.exists(`${IGB}/virtfn0`))
})

test('a virtual function is what was recorded of it', t => {
  const { sh, machine } = board()
  sh.put(`${IGB}/sriov_numvfs`, '2')
  const vf = `${BRIDGE}/0000:01:10.2`
  const files: Record<string, string> = {
    vendor: '0x8086\n',
    device: '0x10ca\n',
    class: '0x020000\n',
    revision: '0x01\n',
    subsystem_vendor: '0x1af4\n',
    ari_enabled: '1\n',
    max_link_speed: '2.5 GT/s PCIe\n',
    current_link_width: '1\n',
    d3cold_allowed: '0\n',
    enable: '0\n',
    irq: '0\n',
    power_state: 'unknown\n',
    reset_method: 'flr\n',
    uevent:
      'PCI_CLASS=20000\nPCI_ID=8086:10CA\nPCI_SUBSYS_ID=1AF4:1100\nPCI_SLOT_NAME=0000:01:10.2\nMODALIAS=pci:v00008086d000010CAsv00001AF4sd00001100bc02sc00i00\n',
  }
  for (const [name, text] of Object.entries(files)) t.is(sh.cat(`${vf}/${name}`), text, name)
  t.true(
    sh
      .cat(`${vf}/resource`)
      .startsWith('0x00000000fce04000 0x00000000fce07fff 0x000000000014220c\n0x0000000000000000 '),
  )
  for (const name of ['remove', 'rescan', 'sriov_numvfs']) t.false(sh.exists(`${vf}/${name}`), name)
  for (const name of ['resource0', 'resource0_wc', 'resource3', 'resource3_wc', 'sriov_vf_msix_count'])
    t.true(sh.exists(`${vf}/${name}`), name)
  t.is(sh.try(`${vf}/sriov_vf_msix_count`, '4'), 'EOPNOTSUPP')
  const { bytes } = machine.pciBus.function('0000:01:10.2')!.config
  t.is(Buffer.from(bytes.subarray(0, 16)).toString('hex'), 'ffffffff000010000100000200000000')
  t.deepEqual(
    walk(bytes).found.map(({ structure, at }) => `${structure.name} ${at.toString(16)}`),
    ['exp a0', 'msix 70', 'aer 100', 'ari 150'],
  )
  t.true(sh.exists(`/sys/kernel/iommu_groups/22/devices/0000:01:10.2`))
})

test('without a driver there are none, and they go with the driver', t => {
  const { sh } = board()
  sh.put(`${IGB}/sriov_numvfs`, '1')
  sh.put('/sys/bus/pci/drivers/igb/unbind', '0000:01:00.0')
  t.false(sh.exists(`${BRIDGE}/0000:01:10.0`))
  t.is(sh.try(`${IGB}/sriov_numvfs`, '1'), 'ENOENT')
  sh.put('/sys/bus/pci/drivers/igb/bind', '0000:01:00.0')
  t.is(sh.try(`${IGB}/sriov_numvfs`, '1'), 1)
})

test('virtual functions go with whatever is removed', t => {
  for (const removed of [IGB, BRIDGE]) {
    const { sh, machine } = board()
    sh.put(`${IGB}/sriov_numvfs`, '2')
    t.is(sh.try(`${removed}/remove`, '1'), 1)
    for (const name of ['0000:01:00.0', '0000:01:10.0', '0000:01:10.2'])
      t.is(machine.pciBus.function(name), undefined, name)
    t.false(sh.exists('/sys/kernel/iommu_groups/22'))
    t.is(sh.try('/sys/bus/pci/rescan', '1'), 1)
    t.is(sh.cat(`${IGB}/sriov_numvfs`), '0\n')
    t.is(machine.pciBus.function('0000:01:10.0'), undefined)
    t.is(sh.try(`${IGB}/sriov_numvfs`, '7'), sh.exists(`${IGB}/driver`) ? 1 : 'ENOENT')
  }
})
