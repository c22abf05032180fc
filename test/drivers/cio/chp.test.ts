import test from 'ava'
import { RELEASES } from '../../../src/sysfs/release.ts'
import { CSS, lpar } from './lpar.ts'

const CHP = `${CSS}/chp0.30`

for (const release of RELEASES) {
  test(`Linux ${release}: what a channel path has`, t => {
    const { sh } = lpar(release)
    const esc = release === '5.10' ? [] : ['esc']
    const speed = release === '6.12' ? ['speed_bps'] : []
    const names = [
      ...['chid', 'chid_external', 'cmg', 'configure', 'shared', 'status', 'type', 'uevent', 'util_string'],
      ...esc,
      ...speed,
    ]
    t.deepEqual(sh.ls(CHP).sort(), names.sort())
    const values = { chid: '0390', chid_external: '1', cmg: '2', configure: '1', shared: '1', type: '1b' }
    for (const [name, value] of Object.entries(values)) t.is(sh.cat(`${CHP}/${name}`), `${value}\n`)
    t.is(sh.cat(`${CHP}/status`), 'online\n')
    if (release === '6.12') t.is(sh.cat(`${CHP}/speed_bps`), '16G\n')
    // NET0 in EBCDIC
    t.is(sh.cat(`${CHP}/util_string`).slice(0, 5), '\xd5\xc5\xe3\xf0\x40')
    t.is(sh.cat(`${CHP}/util_string`).length, 64)
  })
}

test('a path in standby is online, and nothing is known of its channel; an internal one has parentheses in lschp', t => {
  const { sh } = lpar('6.12')
  const read = (id: string) =>
    ['status', 'configure', 'type', 'cmg', 'shared', 'chid', 'chid_external'].map(name =>
      sh.cat(`${CSS}/chp0.${id}/${name}`).trim(),
    )
  t.deepEqual(read('34'), ['online', '0', '1b', 'unknown', 'unknown', '0580', '1'])
  t.deepEqual(read('fd'), ['online', '1', '24', '3', '1', '0703', '0'])
})

test('status takes a beginning that is on or off in any case, and exactly 1 or 0', t => {
  const { sh } = lpar('6.12')
  const status = `${CHP}/status`
  for (const [written, answer, reads] of [
    ['off', 3, 'offline'],
    ['1', 1, 'online'],
    ['OFF\n', 4, 'offline'],
    ['on_', 3, 'online'],
    ['offline', 7, 'offline'],
    ['oN and on', 9, 'online'],
    ['  0  ', 5, 'offline'],
    ['o', 'EINVAL', 'offline'],
    ['10', 'EINVAL', 'offline'],
    ['x', 'EINVAL', 'offline'],
    ['\n', 'EINVAL', 'offline'],
  ] as const) {
    t.is(sh.try(status, written), answer, written)
    t.is(sh.cat(status), `${reads}\n`, written)
  }
})

test('configure takes 0 or 1 and blanks', t => {
  const { sh } = lpar('6.12')
  const configure = `${CHP}/configure`
  for (const written of ['2', 'x', '1 x', '0x1', '-1', ''])
    t.is(sh.try(configure, written), written ? 'EINVAL' : 0)
  t.is(sh.cat(configure), '1\n')
  t.is(sh.try(configure, '0 \n'), 3)
  t.is(sh.cat(configure), '0\n')
  t.is(sh.cat(`${CHP}/cmg`), 'unknown\n')
})

for (const release of RELEASES) {
  test(`Linux ${release}: configure where SCLP does not say`, t => {
    const { sh, wait } = lpar(release, 'test/profiles/oracle-s390x.yaml')
    const configure = `${CSS}/chp0.00/configure`
    t.throws(() => sh.cat(configure), { message: /EOPNOTSUPP/ })
    wait(999)
    if (release === '5.10') t.is(sh.cat(configure), '3\n')
    else t.throws(() => sh.cat(configure), { message: /EOPNOTSUPP/ })
    wait(1)
    t.throws(() => sh.cat(configure), { message: /EOPNOTSUPP/ })
    t.is(sh.try(configure, '0'), 1)
  })
}

test('channel paths send no events', t => {
  const { sh, events } = lpar('6.12')
  t.is(sh.try(`${CHP}/uevent`, 'change'), 6)
  // a path besides others
  sh.put(`${CSS}/chp0.31/status`, '0')
  t.deepEqual(events(), [])
})

test('vpm follows the paths, and pimpampom does not', t => {
  const { sh } = lpar('6.12')
  const subchannel = `${CSS}/0.0.0004`
  const masks = () => [sh.cat(`${subchannel}/vpm`).trim(), sh.cat(`${subchannel}/pimpampom`).trim()]
  t.is(sh.cat(`${subchannel}/chpids`), '30 31 32 33 00 00 00 00 \n')
  t.deepEqual(masks(), ['f0', 'f0 f0 ff'])
  sh.put(`${CSS}/chp0.31/status`, 'offline')
  t.deepEqual(masks(), ['b0', 'f0 f0 ff'])
  sh.put(`${CSS}/chp0.30/configure`, '0')
  t.deepEqual(masks(), ['30', 'f0 f0 ff'])
  sh.put(`${CSS}/chp0.31/status`, 'online')
  t.deepEqual(masks(), ['70', 'f0 f0 ff'])
})

test('the last path: a DASD that is online stays, one that is not goes and comes back', t => {
  const { sh, events } = lpar('6.12')
  const online = `${CSS}/0.0.0004/0.0.1000`
  const offline = `${CSS}/0.0.0008/0.0.1004`
  for (const id of ['30', '31', '32']) sh.put(`${CSS}/chp0.${id}/status`, '0')
  // the console has one path
  const gone = events()
  t.deepEqual(
    gone.map(event => event.split(' ')[0]),
    ['unbind@/devices/css0/0.0.0003/0.0.0009', 'remove@/devices/css0/0.0.0003/0.0.0009'],
  )
  sh.put(`${CSS}/chp0.33/status`, '0')
  t.is(sh.cat(`${online}/availability`), 'no path\n')
  t.is(sh.cat(`${online}/online`), '1\n')
  t.false(sh.exists(offline))
  t.true(sh.exists(`${CSS}/0.0.0008/vpm`))
  t.is(sh.cat(`${CSS}/0.0.0008/vpm`), '00\n')
  t.is(sh.cat(`${CSS}/0.0.0008/dev_busid`), '0.0.1004\n')
  t.deepEqual(
    sh
      .ls('/sys/bus/ccw/drivers/dasd-eckd')
      .filter(name => name.startsWith('0.'))
      .sort(),
    ['0.0.1000', '0.0.1001', '0.0.1002', '0.0.1003'],
  )
  events()
  sh.put(`${CSS}/chp0.33/status`, '1')
  t.is(sh.cat(`${online}/availability`), 'good\n')
  t.is(sh.cat(`${offline}/availability`), 'good\n')
  t.deepEqual(
    events()
      .filter(event => event.includes('0.0.1004'))
      .map(event => event.split(' ')[0]),
    ['add@/devices/css0/0.0.0008/0.0.1004', 'bind@/devices/css0/0.0.0008/0.0.1004'],
  )
})

test('Linux 5.10: the subchannel goes with its device, and comes back', t => {
  const { sh, events } = lpar('5.10')
  sh.put(`${CSS}/chp0.94/status`, '0')
  t.false(sh.exists(`${CSS}/0.0.0000`))
  t.deepEqual(
    events()
      .slice(0, 4)
      .map(event => event.split(' ')[0]),
    ['unbind', 'remove']
      .flatMap(action => [`${action}@/devices/css0/0.0.0000/0.0.f500`])
      .concat(['unbind', 'remove'].map(action => `${action}@/devices/css0/0.0.0000`)),
  )
  sh.put(`${CSS}/chp0.94/status`, '1')
  t.regex(events()[0]!, /^add@\/devices\/css0\/0\.0\.0000 SUBSYSTEM=css DRIVER=io_subchannel ST=0/)
  t.true(sh.exists(`${CSS}/0.0.0000/0.0.f500`))
})

test('cm_enable: hexadecimal 0 or 1; the paths have measurements while it is on', t => {
  const { sh } = lpar('6.12')
  const enable = `${CSS}/cm_enable`
  for (const [written, answer] of [
    ['2', 'EINVAL'],
    ['x', 'EINVAL'],
    ['0x1', 3],
  ] as const)
    t.is(sh.try(enable, written), answer)
  t.is(sh.cat(enable), '1\n')
  t.is(sh.cat(`${CHP}/measurement_chars`).length, 20)
  t.is(sh.cat(`${CHP}/measurement`), '\0'.repeat(32))
  t.is(sh.cat(`${CHP}/ext_measurement`), '\0'.repeat(64))
  t.is(sh.stat(`${CHP}/measurement`).mode & 0o777, 0o400)
  const part = sh.open(`${CHP}/measurement`)
  t.is(part.read(0, 31).length, 0)
  t.is(part.read(1, 32).length, 0)
  t.is(sh.cat(`${CSS}/chp0.60/measurement_chars`), '')
  sh.put(enable, '0\n')
  t.false(sh.exists(`${CHP}/measurement`))
  const { sh: older } = lpar('6.1')
  older.put(enable, '1')
  t.false(older.exists(`${CHP}/ext_measurement`))
})
