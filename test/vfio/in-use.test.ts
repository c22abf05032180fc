import test from 'ava'
import { Machine } from '../../src/drivers/machine.ts'
import { mtty } from '../../src/drivers/mtty.ts'
import { loadSample } from '../../src/drivers/sample.ts'
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../src/sysfs/kernfs/file.ts'
import type { Completion } from '../../src/sysfs/lib/completion.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'
import { RELEASES } from '../../src/sysfs/release.ts'
import { bench, samples, uuid } from '../support/machine.ts'

const TYPE = '/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2'
const DEVICE = `/sys/devices/virtual/mtty/mtty/${uuid(1)}`

for (const release of RELEASES) {
  test(`remove waits for the last close, and only the group link is left meanwhile, ${release}`, async t => {
    const { sh, events } = samples(release)
    sh.put(`${TYPE}/create`, uuid(1))
    events()
    const group = sh.open('/dev/vfio/0', O_RDWR)
    const writer = sh.put(`${DEVICE}/remove`, '1\n') as Completion<number>
    t.true(writer.pending)
    // vfio-dev goes before the wait since the devices have nodes of their own
    t.deepEqual(sh.ls(DEVICE), release === '6.1' ? ['iommu_group', 'vfio-dev'] : ['iommu_group'])
    t.deepEqual(sh.ls(`${TYPE}/devices`), [])
    t.is(sh.cat(`${TYPE}/available_instances`), '11\n', 'still taken')
    t.is(sh.try(`${TYPE}/create`, uuid(1)), 'EEXIST', 'still known')
    t.is(sh.try(`${TYPE}/create`, uuid(2)), 36, 'nobody else is held up')
    group.release()
    t.false(writer.pending)
    t.is(await writer, 2)
    t.false(sh.exists(DEVICE))
    t.is(sh.cat(`${TYPE}/available_instances`), '11\n')
    t.is(events().at(-1), `remove@/devices/virtual/mtty/mtty/${uuid(1)} SUBSYSTEM=mdev`)
  })

  test(`an mdev without its driver, ${release}`, t => {
    const { sh, machine, events } = samples(release)
    for (const i of [1, 2]) sh.put(`${TYPE}/create`, uuid(i))
    t.is(machine.mdevBus.mdevs.size, 2)
    events()
    const driver = release === '5.10' ? 'vfio_mdev' : 'mtty'
    t.is(sh.try(`/sys/bus/mdev/drivers/${driver}/unbind`, uuid(1)), 36)
    t.deepEqual(
      sh.ls(DEVICE).filter(name => name !== 'vendor'),
      ['uevent', 'power', 'mdev_type', 'subsystem', 'remove'],
    )
    t.is(sh.cat(`${DEVICE}/uevent`), '')
    t.is(sh.try(`/sys/bus/mdev/drivers/${driver}/unbind`, uuid(1)), 'ENODEV')
    const bind = sh.try(`/sys/bus/mdev/drivers/${driver}/bind`, `${uuid(1)}\n`)
    t.is(bind, release === '5.10' ? 37 : 'ENODEV')
    t.is(sh.exists(`${DEVICE}/iommu_group`), release === '5.10')
    t.is(sh.try('/sys/bus/mdev/drivers_probe', uuid(1)), 36)
    t.is(sh.try('/sys/bus/mdev/drivers_probe', 'nosuch'), 'ENODEV')
  })
}

test('one at a time opens a group; nothing to read or write there', t => {
  const { sh } = samples('6.1')
  sh.put(`${TYPE}/create`, uuid(1))
  const group = sh.open('/dev/vfio/0', O_RDWR)
  t.throws(() => sh.open('/dev/vfio/0'), { instanceOf: Errno, code: 'EBUSY' })
  t.throws(() => group.read(0, 1), { code: 'EINVAL' })
  t.throws(() => group.write(Buffer.from('x'), 0), { code: 'EINVAL' })
  group.release()
  sh.open('/dev/vfio/0').release()
})

test('the group and the node of the device itself hold it alike', t => {
  const { sh } = samples('6.12')
  sh.put(`${TYPE}/create`, uuid(1))
  const group = sh.open('/dev/vfio/0', O_RDWR)
  const cdev = sh.open('/dev/vfio/devices/vfio0', O_RDWR)
  const writer = sh.put(`${DEVICE}/remove`, '1') as Completion<number>
  t.throws(() => sh.open('/dev/vfio/devices/vfio0'), { code: 'ENOENT' })
  group.release()
  t.true(writer.pending)
  cdev.release()
  t.false(writer.pending)
  t.false(sh.exists('/dev/vfio/0'))
})

test('a reader that waits for the remover is not waited for', t => {
  const machine = new Machine({
    release: '6.1',
    isAncestor: (candidate, pid) => candidate === 20 && pid === 22,
  })
  loadSample(machine, mtty(machine.kernel.release))
  const { sh } = bench(machine)
  const remove = (pid: number) => {
    const file = sh.open(`${DEVICE}/remove`, O_WRONLY, { uid: 0, gid: 0, pid })
    return file.write(Buffer.from('1'), 0)
  }
  for (const [flags, remover, waits] of [
    [O_RDONLY, 22, false],
    [O_RDONLY, 30, true],
    [O_RDONLY, 20, true],
    [O_RDWR, 22, true],
  ] as const) {
    sh.put(`${TYPE}/create`, uuid(1))
    const group = sh.open('/dev/vfio/0', flags, { uid: 0, gid: 0, pid: 20 })
    const answer = remove(remover)
    t.is(typeof answer !== 'number', waits, `${flags} ${remover}`)
    group.release()
    t.false(sh.exists(DEVICE))
  }
})

test('group numbers are the lowest that are free', t => {
  const { sh } = samples('6.12')
  for (const i of [0, 1, 2]) sh.put(`${TYPE}/create`, uuid(i))
  sh.put(`/sys/bus/mdev/devices/${uuid(1)}/remove`, '1')
  sh.put(`${TYPE}/create`, uuid(9))
  t.is(sh.readlink(`/sys/bus/mdev/devices/${uuid(9)}/iommu_group`), '../../../../../kernel/iommu_groups/1')
  t.deepEqual(sh.ls('/sys/kernel/iommu_groups/1'), ['devices', 'type', 'reserved_regions', 'name'])
  t.is(sh.cat('/sys/kernel/iommu_groups/1/name'), 'vfio-noiommu\n')
  t.is(sh.cat('/sys/kernel/iommu_groups/1/reserved_regions'), '')
  t.is(sh.try('/sys/kernel/iommu_groups/1/type', 'identity'), 'EINVAL')
})
