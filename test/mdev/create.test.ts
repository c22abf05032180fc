import test from 'ava'
import { RELEASES } from '../../src/sysfs/release.ts'
import { samples, uuid } from '../support/machine.ts'

const MTTY = '/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1'
const P = '/devices/virtual/mtty/mtty'

for (const release of RELEASES) {
  test(`create parses 36 bytes and does not look at the 37th, ${release}`, t => {
    const { sh } = samples(release)
    const good = uuid(0xaa)
    for (const [text, answer] of [
      [good, 36],
      [`${good}\n`, 37],
      [`${good} `, 37],
      [`${good}x`, 37],
      [`${good}\0`, 37],
      [`${good}\n\n`, 'EINVAL'],
      [` ${good}`, 'EINVAL'],
      [good.slice(1), 'EINVAL'],
      [good.replaceAll('-', ''), 'EINVAL'],
      [good.replaceAll('-', '_'), 'EINVAL'],
      [`{${good}}`, 'EINVAL'],
      [good.replace('a', 'g'), 'EINVAL'],
      ['\0', 'EINVAL'],
      ['\n', 'EINVAL'],
      ['', 0],
    ] as const) {
      t.is(sh.try(`${MTTY}/create`, text), answer, JSON.stringify(text))
      if (typeof answer === 'number' && answer > 0)
        t.is(sh.try(`/sys/bus/mdev/devices/${good}/remove`, '1'), 1)
    }
  })

  test(`a UUID is one device of the whole machine, whatever its case, ${release}`, t => {
    const { sh } = samples(release)
    t.is(sh.try(`${MTTY}/create`, uuid(0xab).toUpperCase()), 36)
    t.true(sh.exists(`/sys/bus/mdev/devices/${uuid(0xab)}`))
    t.is(sh.try(`${MTTY}/create`, uuid(0xab)), 'EEXIST')
    t.is(sh.try('/sys/class/mdev_bus/mdpy/mdev_supported_types/mdpy-hd/create', uuid(0xab)), 'EEXIST')
  })

  test(`remove takes a number, ${release}`, t => {
    const { sh } = samples(release)
    const remove = `/sys/bus/mdev/devices/${uuid(1)}/remove`
    sh.put(`${MTTY}/create`, uuid(1))
    for (const text of ['x', '-1', '1x', ' 1', '1 ', '\n', '0x', '1\n\n', '99999999999999999999']) {
      t.is(sh.try(remove, text), 'EINVAL', text)
    }
    for (const text of ['0', '0\n', '00', '']) t.is(sh.try(remove, text), text.length, text)
    for (const text of ['1', '2\n', '0x10', '010', '+1']) {
      t.is(sh.try(remove, text), text.length, text)
      t.false(sh.exists(remove))
      t.is(sh.try(`${MTTY}/create`, uuid(1)), 36)
    }
  })
}

test('events of create and remove, 5.10', t => {
  const { sh, events } = samples('5.10')
  const device = `${P}/${uuid(1)}`
  sh.put(`${MTTY}/create`, uuid(1))
  t.deepEqual(events(), [
    `add@${device} SUBSYSTEM=mdev`,
    'add@/devices/virtual/vfio/0 SUBSYSTEM=vfio MAJOR=244 MINOR=0 DEVNAME=vfio/0',
    `bind@${device} SUBSYSTEM=mdev DRIVER=vfio_mdev`,
  ])
  sh.put(`/sys/bus/mdev/devices/${uuid(1)}/remove`, '1')
  t.deepEqual(events(), [
    'remove@/devices/virtual/vfio/0 SUBSYSTEM=vfio MAJOR=244 MINOR=0 DEVNAME=vfio/0',
    `unbind@${device} SUBSYSTEM=mdev`,
    `remove@${device} SUBSYSTEM=mdev`,
  ])
})

test('events of create and remove, 6.12: vfio-dev has a device number', t => {
  const { sh, events } = samples('6.12')
  const device = `${P}/${uuid(1)}`
  const cdev = `${device}/vfio-dev/vfio0 SUBSYSTEM=vfio-dev MAJOR=243 MINOR=0 DEVNAME=vfio/devices/vfio0`
  sh.put(`${MTTY}/create`, uuid(1))
  t.deepEqual(events(), [
    `add@${device} SUBSYSTEM=mdev`,
    'add@/devices/virtual/vfio/0 SUBSYSTEM=vfio MAJOR=244 MINOR=0 DEVNAME=vfio/0',
    `add@${cdev}`,
    `bind@${device} SUBSYSTEM=mdev DRIVER=mtty`,
  ])
  t.is(sh.cat(`/sys${device}/vfio-dev/vfio0/dev`), '243:0\n')
  t.deepEqual(sh.ls('/dev/vfio/devices'), ['vfio0'])
  sh.put(`/sys${device}/remove`, '1')
  t.deepEqual(events(), [
    `remove@${cdev}`,
    'remove@/devices/virtual/vfio/0 SUBSYSTEM=vfio MAJOR=244 MINOR=0 DEVNAME=vfio/0',
    `unbind@${device} SUBSYSTEM=mdev`,
    `remove@${device} SUBSYSTEM=mdev`,
  ])
  t.false(sh.exists('/dev/vfio/devices'))
})

test('a create that the driver refuses is announced and taken back from 6.1 on, and silent before', t => {
  for (const release of RELEASES) {
    const { sh, events } = samples(release)
    const types = '/sys/class/mdev_bus/mbochs/mdev_supported_types'
    for (let i = 0; i < 4; i++) t.is(sh.try(`${types}/mbochs-large/create`, uuid(i)), 36)
    events()
    t.is(sh.try(`${types}/mbochs-small/create`, uuid(9)), release === '5.10' ? 'ENOMEM' : 'ENOSPC')
    const device = `/devices/virtual/mbochs/mbochs/${uuid(9)}`
    t.deepEqual(
      events(),
      release === '5.10' ? [] : [`add@${device} SUBSYSTEM=mdev`, `remove@${device} SUBSYSTEM=mdev`],
    )
    t.false(sh.exists(`/sys/bus/mdev/devices/${uuid(9)}`))
    t.is(
      sh.try(`${types}/mbochs-small/create`, uuid(9)),
      release === '5.10' ? 'ENOMEM' : 'ENOSPC',
      'not EEXIST',
    )
  }
})
