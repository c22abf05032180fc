import test from 'ava'
import fc from 'fast-check'
import { Blacklist } from '../../../src/drivers/cio/blacklist.ts'
import { Errno } from '../../../src/sysfs/lib/errno.ts'
import { CSS, lpar } from './lpar.ts'

const IGNORE = '/proc/cio_ignore'

/** What the list reads after one write, or the errno of that. */
function after(...written: string[]): string[] {
  const { sh } = lpar('6.12')
  const answers = written.map(text => sh.try(IGNORE, text))
  const last = answers.at(-1)
  return typeof last === 'string' ? [last] : sh.cat(IGNORE).split('\n').filter(Boolean)
}

test('add and free take lists of devices and ranges', t => {
  t.deepEqual(after('add 0.0.9000-0.0.9fff'), ['0.0.9000-0.0.9fff'])
  t.deepEqual(after('add 4711'), ['0.0.4711'])
  t.deepEqual(after('add 0x4711,0.1.0000\n\0 '), ['0.0.4711', '0.1.0000'])
  t.deepEqual(after('add all', 'free 0.1.0000-0.3.fffe'), ['0.0.0000-0.0.ffff', '0.3.ffff'])
  t.deepEqual(after('add all,!0.0.0001'), [
    '0.0.0000',
    '0.0.0002-0.0.ffff',
    '0.1.0000-0.1.ffff',
    '0.2.0000-0.2.ffff',
    '0.3.0000-0.3.ffff',
  ])
  t.deepEqual(after('add 0.0.0001-0.0.0002,0.0.0003'), ['0.0.0001-0.0.0003'])
  t.deepEqual(after('free !0.0.0005'), ['0.0.0005'])
  t.deepEqual(after('add ipldev,condev'), ['0.0.0009', '0.0.1000'])
  t.deepEqual(after('add'), [])
})

test('what is wrong is EINVAL, and what stands beside it takes effect', t => {
  for (const text of [
    '',
    '\n',
    'bogus',
    'Add all',
    'add zzz',
    'add 0.0.0002-0.0.0001',
    'add 10000',
    'add 0.4.0000',
  ])
    t.deepEqual(after(text), ['EINVAL'], text)
  for (const text of ['add 1.0.0000', 'add 0.0.000', 'add 0.0.00000', 'add all,', 'add  all', 'add 1-2-3'])
    t.deepEqual(after(text), ['EINVAL'], text)
  const { sh } = lpar('6.12')
  t.is(sh.try(IGNORE, 'add 0.0.7000,x,0.0.7001'), 'EINVAL')
  t.is(sh.cat(IGNORE), '0.0.7000-0.0.7001\n')
  const file = sh.open(IGNORE, 1)
  t.throws(() => file.write(Buffer.from('free all'), 1), { message: /EINVAL/ })
})

test('a list is what its items make of it one after the other', t => {
  const item = fc.record({
    free: fc.boolean(),
    ssid: fc.integer({ min: 0, max: 3 }),
    from: fc.integer({ min: 0, max: 40 }),
    length: fc.integer({ min: 0, max: 20 }),
  })
  fc.assert(
    fc.property(fc.array(item, { maxLength: 12 }), items => {
      const list = new Blacklist()
      const model = new Set<string>()
      const name = (ssid: number, devno: number) => `0.${ssid}.${devno.toString(16).padStart(4, '0')}`
      for (const { free, ssid, from, length } of items) {
        list.parse(`${name(ssid, from)}-${name(ssid, from + length)}`, free ? 'free' : 'add')
        for (let devno = from; devno <= from + length; devno++)
          if (free) model.delete(name(ssid, devno))
          else model.add(name(ssid, devno))
      }
      for (let ssid = 0; ssid < 4; ssid++)
        for (let devno = 0; devno < 70; devno++) {
          const ignored = model.has(name(ssid, devno))
          t.is(list.has(ssid, devno), ignored)
          t.is(list.run(ssid, devno).ignored, ignored)
        }
      const again = new Blacklist()
      const text = list.print().trimEnd().replaceAll('\n', ',')
      if (text !== '') again.parse(text, 'add')
      t.is(again.print(), list.print())
    }),
    { numRuns: 100 },
  )
})

test('hostile lists are taken or EINVAL', t => {
  const list = new Blacklist()
  const words = fc.constantFrom('all', '!', ',', '-', '0.0.', '0.0.1234', 'ipldev', 'ffff', '0x', '\xff', ' ')
  fc.assert(
    fc.property(fc.array(words, { maxLength: 9 }), parts => {
      try {
        list.parse(parts.join(''), 'add')
      } catch (error) {
        t.true(error instanceof Errno && error.code === 'EINVAL')
      }
    }),
  )
})

test('purge takes ignored devices that are offline, with their subchannels; free finds them again', t => {
  const { sh, events } = lpar('6.12')
  sh.put(IGNORE, 'add 0.0.1000-0.0.1005')
  t.true(sh.exists(`${CSS}/0.0.0008`))
  t.is(sh.try(IGNORE, 'purge'), 5)
  const both = (action: string, number: string, devno: string) => [
    `${action}@/devices/css0/0.0.${number}/0.0.${devno}`,
    `${action}@/devices/css0/0.0.${number}`,
  ]
  const heads = () => events().map(event => event.split(' ')[0])
  const removal = (number: string, devno: string) => {
    const [unbindDevice, unbind] = both('unbind', number, devno)
    const [removeDevice, remove] = both('remove', number, devno)
    return [unbindDevice, removeDevice, unbind, remove]
  }
  t.deepEqual(heads(), [...removal('0008', '1004'), ...removal('0009', '1005')])
  t.false(sh.exists(`${CSS}/0.0.0008`))
  t.false(sh.exists('/sys/bus/ccw/devices/0.0.1004'))
  t.true(sh.exists('/sys/bus/ccw/devices/0.0.1000'))
  t.true(sh.exists('/sys/bus/ccw/devices/0.0.1006'))
  // a scan leaves them out
  sh.put(`${CSS}/rescan`, '1')
  t.deepEqual(events(), [])
  t.is(sh.try(IGNORE, 'free 0.0.1004'), 13)
  t.deepEqual(heads(), [
    'add@/devices/css0/0.0.0008',
    'bind@/devices/css0/0.0.0008',
    'add@/devices/css0/0.0.0008/0.0.1004',
    'bind@/devices/css0/0.0.0008/0.0.1004',
  ])
  t.false(sh.exists(`${CSS}/0.0.0009`))
})

test('cio_settle takes anything and reads EIO', t => {
  const { sh } = lpar('6.12')
  t.is(sh.try('/proc/cio_settle', 'x'), 1)
  t.throws(() => sh.cat('/proc/cio_settle'), { message: /EIO/ })
  t.is(sh.stat('/proc/cio_settle').mode & 0o777, 0o200)
})
