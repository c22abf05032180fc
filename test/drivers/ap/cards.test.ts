import test from 'ava'
import { FUNCTIONS } from '../../../src/drivers/ap/adapter.ts'
import { RELEASES } from '../../../src/sysfs/release.ts'
import { host } from './host.ts'

const CARD = '/sys/devices/ap/card04'
const QUEUE = `${CARD}/04.0004`

test('config: 0 or 1, each told; queues follow at the next scan', t => {
  const { sh, events } = host('6.12')
  events()
  for (const [written, answer] of [
    ['x', 'EINVAL'],
    ['2', 'EINVAL'],
    ['-1', 'EINVAL'],
    ['1x', 2],
    ['0', 1],
  ] as const)
    t.is(sh.try(`${CARD}/config`, written), answer)
  const change = 'change@/devices/ap/card04 SUBSYSTEM=ap'
  const keys = 'DEVTYPE=ap_card DRIVER=cex4card DEV_TYPE=000E MODALIAS=ap:t0E MODE=cca'
  t.deepEqual(events(), [`${change} CONFIG=1 ${keys}`, `${change} CONFIG=0 ${keys}`])
  t.is(sh.cat(`${CARD}/online`), '0\n')
  t.is(sh.cat(`${QUEUE}/config`), '1\n')
  t.is(sh.try(`${CARD}/online`, '1'), 'ENODEV')
  t.is(sh.try(`${QUEUE}/online`, '1'), 'ENODEV')
  sh.put('/sys/bus/ap/scans', '1')
  t.is(sh.cat(`${QUEUE}/config`), '0\n')
  t.is(sh.cat(`${QUEUE}/online`), '0\n')
  t.deepEqual(
    events(),
    ['0004', '0016', '0047'].map(
      domain =>
        `change@/devices/ap/card04/04.${domain} SUBSYSTEM=ap CONFIG=0 DEVTYPE=ap_queue DRIVER=cex4queue MODE=cca`,
    ),
  )
  sh.put(`${CARD}/config`, '1')
  sh.put('/sys/bus/ap/scans', '1')
  t.is(sh.cat(`${QUEUE}/online`), '1\n')
})

test('config on 5.10, where nobody can force a scan: queues follow at once', t => {
  const { sh } = host('5.10')
  sh.put(`${CARD}/config`, '0')
  t.is(sh.cat(`${QUEUE}/config`), '0\n')
  sh.put(`${CARD}/config`, '1')
  t.is(sh.cat(`${QUEUE}/config`), '1\n')
})

test('config without SCLP: EOPNOTSUPP', t => {
  const { sh, bus } = host('6.12')
  Object.assign(bus.info, { sclpConfigure: false })
  t.is(sh.try(`${CARD}/config`, '2'), 'EINVAL')
  t.is(sh.try(`${CARD}/config`, '0'), 'EOPNOTSUPP')
  t.is(sh.cat(`${CARD}/config`), '1\n')
})

test('online: a card takes its queues along, and those that changed say so', t => {
  const { sh, events } = host('6.12')
  t.is(sh.try(`${QUEUE}/online`, '2'), 'EINVAL')
  t.is(sh.try(`${QUEUE}/online`, '0'), 1)
  events()
  t.is(sh.try(`${CARD}/online`, '0'), 1)
  t.deepEqual(
    events().map(event => event.split(' ').slice(0, 3).join(' ')),
    [
      'change@/devices/ap/card04 SUBSYSTEM=ap ONLINE=0',
      'change@/devices/ap/card04/04.0016 SUBSYSTEM=ap ONLINE=0',
      'change@/devices/ap/card04/04.0047 SUBSYSTEM=ap ONLINE=0',
    ],
  )
  t.is(sh.try(`${QUEUE}/online`, '1'), 'EINVAL', 'the card is offline')
  t.is(sh.try(`${CARD}/online`, '1x'), 2)
  t.is(sh.cat(`${QUEUE}/online`), '1\n')
})

test('a checkstopped card can not be switched on', t => {
  const { sh, bus } = host('6.12')
  bus.adapters.get(4)!.checkstopped = true
  bus.scan()
  t.is(sh.cat(`${CARD}/chkstop`), '1\n')
  t.is(sh.cat(`${QUEUE}/chkstop`), '1\n')
  t.is(sh.cat(`${QUEUE}/online`), '0\n')
  t.is(sh.try(`${CARD}/online`, '1'), 'ENODEV')
  t.is(sh.try(`${QUEUE}/online`, '1'), 'ENODEV')
})

test('whoever asks a card something counts as a request; any write resets the counts', t => {
  const { sh } = host('6.12')
  sh.cat(`${QUEUE}/mkvps`)
  sh.cat(`${CARD}/serialnr`)
  t.is(sh.cat(`${QUEUE}/request_count`), '2\n')
  t.is(sh.cat(`${CARD}/request_count`), '2\n')
  sh.put(`${CARD}/request_count`, 'abc')
  t.is(sh.cat(`${QUEUE}/request_count`), '0\n')
  t.is(sh.cat(`${CARD}/request_count`), '0\n')
  sh.cat(`${QUEUE}/mkvps`)
  sh.put(`${QUEUE}/request_count`, '5')
  t.is(sh.cat(`${QUEUE}/request_count`), '0\n')
  t.is(sh.cat(`${CARD}/request_count`), '1\n')
})

test('a reset takes its time, and interrupts are enabled after it', t => {
  const { sh, wait } = host('6.12')
  wait(1000)
  t.is(sh.try(`${QUEUE}/reset`, 'x'), 1)
  t.is(sh.cat(`${QUEUE}/reset`), 'Reset in progress.\n')
  t.is(sh.cat(`${QUEUE}/interrupt`), 'Interrupts enabled.\n')
  wait(41)
  t.is(sh.cat(`${QUEUE}/reset`), 'No Reset Timer set.\n')
  t.is(sh.cat(`${QUEUE}/interrupt`), 'Enable Interrupt pending.\n')
  wait(40)
  t.is(sh.cat(`${QUEUE}/interrupt`), 'Interrupts enabled.\n')
})

test('a mask that changes: every queue changes hands, then the event with its newline', t => {
  const { sh, events } = host('6.12')
  events()
  sh.put('/sys/bus/ap/aqmask', '-0x16')
  const queues = ['03', '04', '05', '06'].map(card => `/devices/ap/card${card}/${card}.0016`)
  t.deepEqual(events(), [
    ...queues.flatMap((path, i) => {
      const mode = `MODE=${['accel', 'cca', 'ep11', 'cca'][i]}`
      return [
        `unbind@${path} SUBSYSTEM=ap DEVTYPE=ap_queue ${mode}`,
        `bind@${path} SUBSYSTEM=ap DEVTYPE=ap_queue DRIVER=vfio_ap ${mode}`,
      ]
    }),
    `change@/devices/ap SUBSYSTEM=ap AQMASK=0xfffffd${'f'.repeat(58)}\n`,
  ])
  sh.put('/sys/bus/ap/aqmask', '-0x16')
  t.deepEqual(events(), [], 'nothing changed')
})

test('5.10 tells nothing but what the driver core tells', t => {
  const { sh, events } = host('5.10')
  t.false(events().some(event => event.startsWith('change@/devices/ap')))
  sh.put('/sys/bus/ap/aqmask', '-0x16')
  sh.put(`${CARD}/config`, '0')
  sh.put(`${CARD}/online`, '0')
  t.deepEqual(
    events().map(event => event.split('@')[0]),
    ['unbind', 'bind', 'unbind', 'bind', 'unbind', 'bind', 'unbind', 'bind'],
  )
})

test('a card that is unplugged goes with its queues, and comes back', t => {
  const { sh, bus, events } = host('6.12')
  sh.cat(`${QUEUE}/config`)
  const file = sh.open(`${QUEUE}/config`)
  events()
  bus.unplug(4)
  t.deepEqual(
    events().map(event => event.split(' ')[0]),
    [
      ...['0004', '0016', '0047'].flatMap(domain => [
        `unbind@/devices/ap/card04/04.${domain}`,
        `remove@/devices/ap/card04/04.${domain}`,
      ]),
      'unbind@/devices/ap/card04',
      'remove@/devices/ap/card04',
    ],
  )
  t.throws(() => file.read(0, 10), { message: /ENODEV/ })
  t.false(sh.exists(CARD))
  t.false(sh.exists('/sys/bus/ap/devices/04.0004'))
  t.false(sh.exists('/sys/bus/ap/drivers/cex4queue/04.0004'))
  t.is(sh.cat('/sys/bus/ap/bindings'), '9/9 (complete)\n')
  t.is(sh.cat('/sys/bus/ap/ap_adapter_mask'), `0x16${'0'.repeat(62)}\n`)
  bus.plug([{ id: 4, rawType: 14, functions: FUNCTIONS.cca }])
  const plugged = events()
  t.is(plugged[0]!.split(' ')[0], 'add@/devices/ap/card04')
  t.is(plugged.at(-1), 'change@/devices/ap SUBSYSTEM=ap BINDINGS=complete COMPLETECOUNT=2')
  t.is(sh.cat(`${QUEUE}/online`), '1\n')
})

test('attributes by release', t => {
  const names = (release: (typeof RELEASES)[number]) => {
    const { sh } = host(release)
    return {
      bus: sh.ls('/sys/bus/ap'),
      card: sh.ls(CARD),
      queue: sh.ls(QUEUE),
      drivers: sh.ls('/sys/bus/ap/drivers').length,
      depth: sh.cat(`${CARD}/depth`),
      type: sh.cat(`${CARD}/type`),
      hwtype: sh.cat(`${CARD}/hwtype`),
      uevent: sh.cat(`${QUEUE}/uevent`),
      keys: sh.cat(`${QUEUE}/mkvps`).split('\n').length - 1,
    }
  }
  const [old, middle, recent] = RELEASES.map(names)
  const without = (some: readonly string[], others: readonly string[]) =>
    some.filter(name => !others.includes(name)).sort()
  t.deepEqual(without(middle!.bus, old!.bus), ['bindings', 'scans'])
  t.deepEqual(without(recent!.bus, middle!.bus), ['features'])
  t.deepEqual(without(middle!.card, old!.card), ['chkstop', 'max_msg_size'])
  t.deepEqual(without(recent!.card, middle!.card), [])
  t.deepEqual(without(middle!.queue, old!.queue), ['chkstop'])
  t.deepEqual(without(recent!.queue, middle!.queue), ['ap_functions'])
  t.deepEqual([old!.drivers, middle!.drivers, recent!.drivers], [7, 7, 3])
  t.deepEqual([old!.depth, middle!.depth, recent!.depth], ['7\n', '7\n', '8\n'])
  t.deepEqual([old!.type, recent!.type], ['CEX7C\n', 'CEX8C\n'])
  t.deepEqual([old!.hwtype, recent!.hwtype], ['13\n', '14\n'])
  t.is(old!.uevent, 'DEVTYPE=ap_queue\nDRIVER=cex4queue\nDEV_TYPE=000D\nMODALIAS=ap:t0D\n')
  t.deepEqual([old!.keys, recent!.keys], [6, 9])
})

test('polling: what 5.10 and 6.12 take', t => {
  const rows: readonly (readonly [string, string, number | string, number | string])[] = [
    ['poll_timeout', '0', 'EINVAL', 1],
    ['poll_timeout', '12x', 3, 'EINVAL'],
    ['poll_timeout', '0x10', 'EINVAL', 4],
    ['poll_timeout', '120000000001', 'EINVAL', 'EINVAL'],
    ['poll_timeout', '99999999999999999999', 'EINVAL', 'ERANGE'],
    ['poll_thread', '7', 1, 'EINVAL'],
    ['poll_thread', 'on', 'EINVAL', 2],
  ]
  for (const [file, written, old, recent] of rows) {
    t.is(host('5.10').sh.try(`/sys/bus/ap/${file}`, written), old, `${file} ${written}`)
    t.is(host('6.12').sh.try(`/sys/bus/ap/${file}`, written), recent, `${file} ${written}`)
  }
})
