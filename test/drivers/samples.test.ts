import test from 'ava'
import { RELEASES } from '../../src/sysfs/release.ts'
import { samples, uuid } from '../support/machine.ts'

const types = (driver: string) => `/sys/class/mdev_bus/${driver}/mdev_supported_types`

for (const release of RELEASES) {
  test(`mtty: 24 ports, ${release}`, t => {
    const { sh } = samples(release)
    const dir = types('mtty')
    t.is(sh.cat(`${dir}/mtty-1/name`), 'Single port serial\n')
    t.is(sh.cat(`${dir}/mtty-2/name`), 'Dual port serial\n')
    t.false(sh.exists(`${dir}/mtty-1/description`))
    t.is(sh.cat(`${dir}/mtty-2/available_instances`), '12\n')
    for (let i = 0; i < 23; i++) sh.put(`${dir}/mtty-1/create`, uuid(i))
    t.is(sh.cat(`${dir}/mtty-1/available_instances`), '1\n')
    t.is(sh.cat(`${dir}/mtty-2/available_instances`), '0\n')
    t.is(sh.cat(`/sys/bus/mdev/devices/${uuid(0)}/vendor/sample_mdev_dev`), `This is MDEV ${uuid(0)}\n`)
    if (release === '5.10') {
      t.is(sh.try(`${dir}/mtty-2/create`, uuid(90)), 36, 'nobody looks')
      t.is(sh.cat(`${dir}/mtty-1/available_instances`), '-1\n')
      t.is(sh.cat('/sys/class/mdev_bus/mtty/mtty_dev/sample_mtty_dev'), 'This is phy device\n')
    } else {
      t.is(sh.try(`${dir}/mtty-2/create`, uuid(90)), 'ENOSPC')
      t.false(sh.exists('/sys/class/mdev_bus/mtty/mtty_dev'))
    }
  })

  test(`mdpy: one counter for all types, ${release}`, t => {
    const { sh } = samples(release)
    const dir = types('mdpy')
    t.is(sh.cat(`${dir}/mdpy-hd/description`), 'virtual display, 1920x1080 framebuffer\n')
    t.is(sh.cat('/sys/module/mdpy/parameters/count'), '4\n')
    for (const [i, type] of ['vga', 'xga', 'hd', 'vga'].entries())
      sh.put(`${dir}/mdpy-${type}/create`, uuid(i))
    t.is(sh.cat(`/sys/bus/mdev/devices/${uuid(1)}/vendor/resolution`), '1024x768\n')
    t.is(sh.cat(`${dir}/mdpy-hd/available_instances`), '0\n')
    t.is(sh.try(`${dir}/mdpy-hd/create`, uuid(9)), release === '5.10' ? 'ENOMEM' : 'EUSERS')
    sh.put(`/sys/bus/mdev/devices/${uuid(0)}/remove`, '1')
    t.is(sh.cat(`${dir}/mdpy-hd/available_instances`), '1\n')
  })

  test(`mbochs: megabytes, ${release}`, t => {
    const { sh } = samples(release)
    const dir = types('mbochs')
    const available = () =>
      ['small', 'medium', 'large'].map(type => sh.cat(`${dir}/mbochs-${type}/available_instances`).trim())
    t.deepEqual(available(), ['64', '16', '4'])
    sh.put(`${dir}/mbochs-large/create`, uuid(1))
    sh.put(`${dir}/mbochs-medium/create`, uuid(2))
    t.deepEqual(available(), ['44', '11', '2'])
    t.is(sh.cat(`/sys/bus/mdev/devices/${uuid(1)}/vendor/memory`), '64 MB\n')
  })
}

test('the mdev driver is vfio_mdev up to 5.10, and the vendor its own later', t => {
  for (const release of RELEASES) {
    const { sh } = samples(release)
    sh.put(`${types('mdpy')}/mdpy-vga/create`, uuid(1))
    const driver = release === '5.10' ? 'vfio_mdev' : 'mdpy'
    t.is(sh.readlink(`/sys/bus/mdev/devices/${uuid(1)}/driver`), `../../../../../bus/mdev/drivers/${driver}`)
    t.is(sh.cat(`/sys/bus/mdev/devices/${uuid(1)}/uevent`), `DRIVER=${driver}\n`)
  }
})
