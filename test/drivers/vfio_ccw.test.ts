import test from 'ava'
import { RELEASES } from '../../src/sysfs/release.ts'
import { uuid } from '../support/machine.ts'
import { CSS, lpar } from './cio/lpar.ts'

const SUBCHANNEL = `${CSS}/0.0.0008`
const DRIVERS = '/sys/bus/css/drivers'

for (const release of RELEASES) {
  test(`Linux ${release}: from io_subchannel to vfio_ccw, to an mdev, and back`, t => {
    const { sh, events } = lpar(release)
    const before = sh.ls(SUBCHANNEL)
    const device = '@/devices/css0/0.0.0008/0.0.1004 SUBSYSTEM=ccw'
    const subchannel = '@/devices/css0/0.0.0008 SUBSYSTEM=css'
    const senseId = 'CU_TYPE=3990 CU_MODEL=E9 DEV_TYPE=3390 DEV_MODEL=0C'
    const ccwAlias = 'MODALIAS=ccw:t3990mE9dt3390dm0C'

    t.is(sh.try(`${DRIVERS}/vfio_ccw/bind`, '0.0.0008'), release === '5.10' ? 'ENODEV' : 'EBUSY')
    sh.put(`${SUBCHANNEL}/driver_override`, 'vfio_ccw')
    sh.put(`${DRIVERS}/io_subchannel/unbind`, '0.0.0008')
    t.deepEqual(events(), [
      `unbind${device} ${senseId}`,
      `remove${device} ${senseId} ${ccwAlias}`,
      `unbind${subchannel} ST=0`,
    ])
    t.deepEqual(sh.ls(SUBCHANNEL).sort(), [
      'chpids',
      'dev_busid',
      'driver_override',
      'modalias',
      'pimpampom',
      'subsystem',
      'type',
      'uevent',
    ])
    t.is(sh.cat(`${SUBCHANNEL}/dev_busid`), '0.0.1004\n')
    t.is(sh.try(`${DRIVERS}/io_subchannel/bind`, '0.0.0008'), 'ENODEV')

    sh.put('/sys/bus/css/drivers_probe', '0.0.0008')
    t.deepEqual(events(), [
      `change${subchannel} MDEV_STATE=registered DRIVER=vfio_ccw ST=0 MODALIAS=css:t0`,
      `bind${subchannel} DRIVER=vfio_ccw ST=0 MODALIAS=css:t0`,
    ])
    t.is(sh.exists(`${SUBCHANNEL}/parent`), release === '6.12')
    const type = `${SUBCHANNEL}/mdev_supported_types/vfio_ccw-io`
    t.deepEqual(
      ['available_instances', 'device_api', 'name'].map(name => sh.cat(`${type}/${name}`)),
      ['1\n', 'vfio-ccw\n', 'I/O subchannel (Non-QDIO)\n'],
    )
    t.false(sh.exists(`${type}/description`))

    sh.put(`${type}/create`, uuid(1))
    t.is(sh.cat(`${type}/available_instances`), '0\n')
    t.is(sh.try(`${type}/create`, uuid(2)), release === '5.10' ? 'EPERM' : 'EUSERS')
    events()

    sh.put(`${DRIVERS}/vfio_ccw/unbind`, '0.0.0008')
    const gone = events()
    t.is(gone.at(-1), `unbind${subchannel} ST=0`)
    t.true(gone.includes(`change${subchannel} MDEV_STATE=unregistered DRIVER=vfio_ccw ST=0 MODALIAS=css:t0`))
    t.false(sh.exists(`/sys/bus/mdev/devices/${uuid(1)}`))
    sh.put(`${SUBCHANNEL}/driver_override`, '\n')
    sh.put(`${DRIVERS}/io_subchannel/bind`, '0.0.0008')
    t.deepEqual(
      events().map(event => event.split(' ')[0]),
      [
        'bind@/devices/css0/0.0.0008',
        'add@/devices/css0/0.0.0008/0.0.1004',
        'bind@/devices/css0/0.0.0008/0.0.1004',
      ],
    )
    t.deepEqual(sh.ls(SUBCHANNEL), before)
  })
}

test('without driver_override: bind takes it, and drivers_probe would give it to io_subchannel', t => {
  const { sh } = lpar('6.12')
  sh.put(`${DRIVERS}/io_subchannel/unbind`, '0.0.0008')
  sh.put(`${DRIVERS}/vfio_ccw/bind`, '0.0.0008')
  t.is(sh.readlink(`${SUBCHANNEL}/driver`), '../../../bus/css/drivers/vfio_ccw')
  sh.put(`${DRIVERS}/vfio_ccw/unbind`, '0.0.0008')
  sh.put('/sys/bus/css/drivers_probe', '0.0.0008')
  t.is(sh.readlink(`${SUBCHANNEL}/driver`), '../../../bus/css/drivers/io_subchannel')
})

test('a subchannel that does QDIO is refused, and can go back', t => {
  const { sh } = lpar('6.12')
  sh.put(`${DRIVERS}/io_subchannel/unbind`, '0.0.0000')
  t.is(sh.try(`${DRIVERS}/vfio_ccw/bind`, '0.0.0000'), 'ENODEV')
  t.false(sh.exists(`${CSS}/0.0.0000/parent`))
  sh.put('/sys/bus/css/drivers_probe', '0.0.0000')
  t.true(sh.exists(`${CSS}/0.0.0000/0.0.f500`))
})

test('a subchannel of vfio_ccw stays when its last path goes', t => {
  const { sh } = lpar('6.12')
  sh.put(`${CSS}/0.0.0313/mdev_supported_types/vfio_ccw-io/create`, uuid(1))
  for (const id of ['30', '31', '32', '33']) sh.put(`${CSS}/chp0.${id}/status`, '0')
  t.true(sh.exists(`/sys/bus/mdev/devices/${uuid(1)}`))
  t.is(sh.cat(`${CSS}/0.0.0313/dev_busid`), '0.0.2b09\n')
})
