import test from 'ava'
import { O_RDWR } from '../../../src/sysfs/kernfs/file.ts'
import { Completion } from '../../../src/sysfs/lib/completion.ts'
import type { ReleaseName } from '../../../src/sysfs/release.ts'
import { uuid } from '../../support/machine.ts'
import { host } from '../ap/host.ts'

const TYPE = '/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough'

/** A host that leaves domain 0x16 to vfio_ap, with one mdev. */
function withMdev(release: ReleaseName) {
  const bench = host(release)
  bench.sh.put('/sys/bus/ap/aqmask', '-0x16')
  bench.sh.put(`${TYPE}/create`, uuid(1))
  bench.events()
  return { ...bench, mdev: `/sys/devices/vfio_ap/matrix/${uuid(1)}` }
}

/** Written to a new mdev one after the other: file, text, and the answer of each release. */
const ROWS: readonly (readonly [
  file: string,
  text: string,
  old: number | string,
  recent: number | string,
])[] = [
  // 1: no number, or too large a one
  ['assign_adapter', 'x', 'EINVAL', 'EINVAL'],
  ['assign_adapter', '-1', 'EINVAL', 'EINVAL'],
  ['assign_adapter', '4 ', 'EINVAL', 'EINVAL'],
  ['assign_adapter', '08', 'EINVAL', 'EINVAL'],
  ['assign_adapter', '18446744073709551616', 'ERANGE', 'ERANGE'],
  // 2: beyond the maximum
  ['assign_adapter', '256', 'ENODEV', 'ENODEV'],
  ['assign_domain', '85', 'ENODEV', 'ENODEV'],
  ['assign_control_domain', '85', 'ENODEV', 'ENODEV'],
  ['unassign_adapter', '256', 'ENODEV', 'ENODEV'],
  ['unassign_domain', '85', 'ENODEV', 'ENODEV'],
  ['unassign_control_domain', '85', 'ENODEV', 'ENODEV'],
  // only 6.x takes an adapter that is not there
  ['assign_adapter', '9', 'EADDRNOTAVAIL', 1],
  ['unassign_adapter', '9', 1, 1],
  ['assign_adapter', '+4', 2, 2],
  // 4: the host's
  ['assign_domain', '4', 'EADDRNOTAVAIL', 'EADDRNOTAVAIL'],
  ['assign_domain', '026', 3, 3],
  // 3: assigned already
  ['assign_domain', '0x16', 4, 4],
  ['assign_adapter', '5\n', 2, 2],
  ['assign_control_domain', '0x20', 4, 4],
  ['assign_control_domain', '4', 1, 1],
  ['unassign_control_domain', '0x47', 4, 4],
]

test('assign and unassign: the errnos and their order', t => {
  for (const [column, release] of (['5.10', '6.1', '6.12'] as const).entries()) {
    const { sh, mdev } = withMdev(release)
    for (const [file, text, old, recent] of ROWS)
      t.is(sh.try(`${mdev}/${file}`, text), column === 0 ? old : recent, `${release} ${file} ${text}`)
    t.is(sh.cat(`${mdev}/matrix`), '04.0016\n05.0016\n')
    t.is(sh.cat(`${mdev}/control_domains`), '0004\n0020\n')
    t.is(sh.exists(`${mdev}/guest_matrix`), release !== '5.10')
    t.is(sh.exists(`${mdev}/ap_config`), release === '6.12')

    // 5: a queue of another mdev, which leaves nothing behind
    sh.put(`${TYPE}/create`, uuid(2))
    const other = `/sys/bus/mdev/devices/${uuid(2)}`
    t.is(sh.try(`${other}/assign_domain`, '0x16'), 4)
    t.is(sh.try(`${other}/assign_adapter`, '4'), 'EADDRINUSE')
    t.is(sh.cat(`${other}/matrix`), '.0016\n')
    t.is(sh.try(`${other}/assign_adapter`, '3'), 1)
    t.is(sh.cat(`${other}/matrix`), '03.0016\n')

    // an mdev that goes frees its queues
    t.is(sh.try(`${mdev}/remove`, '1'), 1)
    t.is(sh.try(`${other}/assign_adapter`, '4'), 1)
  }
})

test('the quota: EUSERS from the core, EPERM from the driver up to 5.10', t => {
  t.is(host('6.12').sh.cat(`${TYPE}/available_instances`), '65536\n')
  const { sh } = withMdev('6.12')
  t.is(sh.cat(`${TYPE}/available_instances`), '65535\n')
})

test('a guest that runs: in use, hot plug, and remove waits', t => {
  const { sh, mdev } = withMdev('6.12')
  sh.put(`${mdev}/assign_adapter`, '4')
  sh.put(`${mdev}/assign_domain`, '0x16')
  const status = '/sys/devices/ap/card04/04.0016/status'
  t.is(sh.cat(status), 'assigned\n')
  const group = sh.readlink(`${mdev}/iommu_group`).split('/').at(-1)
  const guest = sh.open(`/dev/vfio/${group}`, O_RDWR)
  t.is(sh.cat(status), 'in use\n')
  t.is(sh.try(`${mdev}/assign_adapter`, '5'), 1)
  t.is(sh.cat(`${mdev}/guest_matrix`), '04.0016\n05.0016\n')
  t.is(sh.cat('/sys/devices/ap/card05/05.0016/status'), 'in use\n')
  t.is(sh.try('/sys/bus/ap/aqmask', '+0x16'), 'EBUSY')

  const removal = sh.put(`${mdev}/remove`, '1')
  t.true(removal instanceof Completion && removal.pending)
  t.is(sh.cat(status), 'in use\n')
  guest.release()
  t.false((removal as Completion<number>).pending)
  t.is(sh.cat(status), 'unassigned\n')
  t.is(sh.try('/sys/bus/ap/aqmask', '+0x16'), 5)
  t.is(sh.readlink('/sys/devices/ap/card04/04.0016/driver').split('/').at(-1), 'cex4queue')
})

test('5.10: the matrix of a running guest does not change, and masks take what they want', t => {
  const { sh, mdev } = withMdev('5.10')
  sh.put(`${mdev}/assign_adapter`, '4')
  sh.put(`${mdev}/assign_domain`, '0x16')
  const group = sh.readlink(`${mdev}/iommu_group`).split('/').at(-1)
  const guest = sh.open(`/dev/vfio/${group}`, O_RDWR)
  for (const file of ['assign_adapter', 'unassign_adapter', 'assign_domain', 'unassign_control_domain'])
    t.is(sh.try(`${mdev}/${file}`, 'x'), 'EBUSY', file)
  guest.release()
  t.is(sh.try(`${mdev}/unassign_adapter`, '5'), 1)
  t.is(sh.try('/sys/bus/ap/aqmask', '+0x16'), 5)
  t.is(sh.cat(`${mdev}/matrix`), '04.0016\n')
  t.is(sh.readlink('/sys/devices/ap/card04/04.0016/driver').split('/').at(-1), 'cex4queue')
})

test('guest_matrix: a card that goes takes its adapter along, and brings it back', t => {
  const { sh, mdev, bus } = withMdev('6.12')
  sh.put(`${mdev}/assign_adapter`, '4')
  sh.put(`${mdev}/assign_domain`, '0x16')
  const adapter = bus.adapters.get(4)!
  bus.unplug(4)
  t.is(sh.cat(`${mdev}/matrix`), '04.0016\n')
  t.is(sh.cat(`${mdev}/guest_matrix`), '.0016\n')
  bus.plug([{ id: 4, rawType: adapter.rawType, functions: adapter.functions }])
  t.is(sh.cat(`${mdev}/guest_matrix`), '04.0016\n')
})

test('guest_matrix: an adapter with a queue that vfio_ap does not have is kept away as a whole', t => {
  const { sh, mdev } = withMdev('6.12')
  sh.put('/sys/bus/ap/aqmask', '-0x47,-0x20')
  for (const id of ['4', '5']) sh.put(`${mdev}/assign_adapter`, id)
  for (const id of ['0x16', '0x47', '0x20']) sh.put(`${mdev}/assign_domain`, id)
  t.is(
    sh.cat(`${mdev}/guest_matrix`),
    '04.0016\n04.0047\n05.0016\n05.0047\n',
    '0x20 is no domain of the host',
  )
  sh.put('/sys/bus/ap/drivers/vfio_ap/unbind', '04.0016')
  t.is(sh.cat(`${mdev}/guest_matrix`), '05.0016\n05.0047\n')
  sh.put('/sys/bus/ap/drivers/vfio_ap/bind', '04.0016')
  t.is(sh.cat(`${mdev}/guest_matrix`), '04.0016\n04.0047\n05.0016\n05.0047\n')
})

test('ap_config is taken whole or not at all', t => {
  const { sh, mdev } = withMdev('6.12')
  const mask = (...digits: string[]) => digits.map(d => `0x${d.padEnd(64, '0')}`).join(',')
  const put = (text: string) => sh.try(`${mdev}/ap_config`, text)
  for (const [text, answer] of [
    ['x', 'EINVAL'],
    [mask('', ''), 'EINVAL'],
    ['0x08,0xg,0', 'EINVAL'],
    ['0x08,0x08,0', 'EADDRNOTAVAIL'],
    ['0x00,0x0000000000000000000004,0x00', 'ENODEV'],
  ] as const) {
    t.is(put(text), answer, text)
    t.is(sh.cat(`${mdev}/ap_config`), `${mask('', '', '')}\n`)
  }
  t.is(put('0x0c,0x000002,0x08\n'), 19)
  t.is(sh.cat(`${mdev}/ap_config`), `${mask('0c', '000002', '08')}\n`)
  t.is(sh.cat(`${mdev}/guest_matrix`), '04.0016\n05.0016\n')
  t.is(put(`${mask('', '', '')},${mask('')}`), 267, 'a fourth mask is ignored')
  t.is(sh.cat(`${mdev}/matrix`), '')
  // a newline ends a mask as a comma does
  t.is(put('0x08\n0x000002\n'), 14)
  t.is(sh.cat(`${mdev}/matrix`), '04.0016\n')
})

test('events of a new mdev, in the order of 6.12', t => {
  const { sh, events } = host('6.12')
  events()
  sh.put(`${TYPE}/create`, uuid(1))
  t.deepEqual(
    events().map(event => event.split(' ')[0]),
    [
      `add@/devices/vfio_ap/matrix/${uuid(1)}`,
      'add@/devices/virtual/vfio/0',
      `add@/devices/vfio_ap/matrix/${uuid(1)}/vfio-dev/vfio0`,
      `bind@/devices/vfio_ap/matrix/${uuid(1)}`,
    ],
  )
})
