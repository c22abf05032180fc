import test from 'ava'
import { RELEASES } from '../../../src/sysfs/release.ts'
import { CSS, lpar } from './lpar.ts'

const DASD = '/sys/bus/ccw/devices/0.0.1004'
const SUBCHANNEL = `${CSS}/0.0.0008`

for (const release of RELEASES) {
  test(`Linux ${release}: what subchannels and devices read`, t => {
    const { sh } = lpar(release)
    t.is(sh.cat(`${SUBCHANNEL}/uevent`), 'DRIVER=io_subchannel\nST=0\nMODALIAS=css:t0\n')
    t.is(
      sh.cat(`${DASD}/uevent`),
      'DRIVER=dasd-eckd\nCU_TYPE=3990\nCU_MODEL=E9\nDEV_TYPE=3390\nDEV_MODEL=0C\nMODALIAS=ccw:t3990mE9dt3390dm0C\n',
    )
    t.is(sh.cat(`${DASD}/cutype`), '3990/e9\n')
    t.is(sh.cat(`${DASD}/devtype`), '3390/0c\n')
    t.is(sh.cat('/sys/bus/ccw/devices/0.0.0009/devtype'), 'n/a\n')
    t.is(sh.cat('/sys/bus/ccw/devices/0.0.0009/modalias'), 'ccw:t3215m00dtdm\n')
    t.is(sh.readlink(DASD), '../../../devices/css0/0.0.0008/0.0.1004')
    t.is(sh.cat(`${CSS}/real_cssid`), '0\n')
    t.is(sh.exists(`${CSS}/rescan`), release !== '5.10')
  })
}

test('the other types of subchannels have less, and their drivers', t => {
  const { sh } = lpar('6.12')
  const names = ['driver_override', 'modalias', 'subsystem', 'type', 'uevent']
  t.deepEqual(sh.ls(`${CSS}/0.0.0405`).sort(), names)
  t.deepEqual(sh.ls(`${CSS}/0.0.0400`).sort(), ['driver', ...names])
  for (const [number, type, driver] of [
    ['0400', '3', 'eadm_subchannel'],
    ['0404', '1', 'chsc_subchannel'],
  ] as const) {
    t.is(sh.cat(`${CSS}/0.0.${number}/type`), `${type}\n`)
    t.is(sh.readlink(`${CSS}/0.0.${number}/driver`), `../../../bus/css/drivers/${driver}`)
    t.is(sh.cat(`${CSS}/0.0.${number}/uevent`), `DRIVER=${driver}\nST=${type}\nMODALIAS=css:t${type}\n`)
  }
  // no driver takes messages, whatever driver_override says
  sh.put(`${CSS}/0.0.0405/driver_override`, 'vfio_ccw')
  sh.put('/sys/bus/css/drivers_probe', '0.0.0405')
  t.false(sh.exists(`${CSS}/0.0.0405/driver`))
  t.is(sh.try('/sys/bus/css/drivers/vfio_ccw/bind', '0.0.0405'), 'ENODEV')
})

test('online: any beginning of force, or hexadecimal 0 and 1 that change something', t => {
  const { sh, events } = lpar('6.12')
  const online = `${DASD}/online`
  for (const [written, answer, reads] of [
    ['0', 'EINVAL', '0'],
    ['1', 1, '1'],
    ['01', 'EINVAL', '1'],
    ['force\n', 6, '1'],
    ['0x0\n', 4, '0'],
    ['f', 1, '1'],
    ['force ', 'EINVAL', '1'],
    ['2', 'EINVAL', '1'],
    ['-1', 'EINVAL', '1'],
    ['x', 'EINVAL', '1'],
    ['0', 1, '0'],
  ] as const) {
    t.is(sh.try(online, written), answer, written)
    t.is(sh.cat(online), `${reads}\n`, written)
  }
  // toggling sends no event of the ccw bus
  t.deepEqual(events(), [])
  sh.put('/sys/bus/ccw/drivers/dasd-eckd/unbind', '0.0.1004')
  t.is(sh.try(online, '1'), 'EINVAL')
  t.is(sh.try(online, 'force'), 'EINVAL')
})

test('a DASD that is online goes offline when its driver lets go', t => {
  const { sh } = lpar('6.12')
  const device = '/sys/bus/ccw/devices/0.0.1000'
  t.is(sh.cat(`${device}/discipline`), 'ECKD\n')
  t.is(sh.cat(`${device}/uid`), 'IBM.750000000DL241.1000.00\n')
  t.is(sh.try(`${device}/use_diag`, '1'), 'EPERM')
  t.is(sh.try(`${device}/expires`, '31\n'), 3)
  t.is(sh.cat(`${device}/expires`), '31\n')
  t.is(sh.try(`${DASD}/expires`, '31'), 'ENODEV')
  sh.put('/sys/bus/ccw/drivers/dasd-eckd/unbind', '0.0.1000')
  t.is(sh.cat(`${device}/online`), '0\n')
  t.false(sh.exists(`${device}/discipline`))
  sh.put('/sys/bus/ccw/drivers/dasd-eckd/bind', '0.0.1000')
  t.is(sh.cat(`${device}/discipline`), 'none\n')
  t.is(sh.try(`${device}/use_diag`, '1'), 1)
})

test('cmb_enable: the cmf group is there while it is 1', t => {
  const { sh } = lpar('6.12')
  t.is(sh.cat(`${DASD}/cmb_enable`), '0\n')
  for (const written of ['2', 'x', '']) t.is(sh.try(`${DASD}/cmb_enable`, written), written ? 'EINVAL' : 0)
  t.is(sh.try(`${DASD}/cmb_enable`, '0x1\n'), 4)
  t.is(sh.ls(`${DASD}/cmf`).length, 11)
  t.is(sh.cat(`${DASD}/cmf/avg_utilization`), 'n/a\n')
  t.is(sh.cat(`${DASD}/cmf/avg_sample_interval`), '-1\n')
  sh.put(`${DASD}/cmb_enable`, '0')
  t.false(sh.exists(`${DASD}/cmf`))
})

test('a device that is taken away: an online DASD waits in defunct for its return', t => {
  const { sh, css, events } = lpar('6.12')
  css.unplug({ ssid: 0, number: 4 })
  t.deepEqual(events(), [
    'move@/devices/css0/defunct/0.0.1000 SUBSYSTEM=ccw DEVPATH_OLD=/devices/css0/0.0.0004/0.0.1000 DRIVER=dasd-eckd CU_TYPE=3990 CU_MODEL=E9 DEV_TYPE=3390 DEV_MODEL=0C MODALIAS=ccw:t3990mE9dt3390dm0C',
    'unbind@/devices/css0/0.0.0004 SUBSYSTEM=css ST=0',
    'remove@/devices/css0/0.0.0004 SUBSYSTEM=css ST=0 MODALIAS=css:t0',
  ])
  t.false(sh.exists(`${CSS}/0.0.0004`))
  t.is(sh.cat('/sys/bus/ccw/devices/0.0.1000/availability'), 'no device\n')
  t.is(sh.readlink('/sys/bus/ccw/devices/0.0.1000'), '../../../devices/css0/defunct/0.0.1000')
  t.deepEqual(sh.ls(`${CSS}/defunct`).sort(), ['0.0.1000', 'uevent'])
  const io = { devno: 0x1000, senseId: senseId(css), chpids: [0x30], pom: 0xff, qdio: false }
  css.addSubchannel({ ssid: 0, number: 0x500 }, 0, io)
  t.is(sh.readlink('/sys/bus/ccw/devices/0.0.1000'), '../../../devices/css0/0.0.0500/0.0.1000')
  t.is(sh.cat('/sys/bus/ccw/devices/0.0.1000/availability'), 'good\n')
  t.is(sh.cat('/sys/bus/ccw/devices/0.0.1000/online'), '1\n')
  t.deepEqual(sh.ls(`${CSS}/defunct`), ['uevent'])
  // one that is offline is not kept
  css.unplug({ ssid: 0, number: 8 })
  t.false(sh.exists('/sys/bus/ccw/devices/0.0.1004'))
})

function senseId(css: ReturnType<typeof lpar>['css']) {
  return css.subchannel({ ssid: 0, number: 5 })!.io!.senseId
}
