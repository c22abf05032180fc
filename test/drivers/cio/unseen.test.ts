import test from 'ava'
import fc from 'fast-check'
import type { Directory } from '../../../src/sysfs/kernfs/directory.ts'
import { profileOf, withHead } from '../../profile/support.ts'
import { CSS, type Lpar, lpar } from './lpar.ts'

const LISTS = ['/sys/bus/css/devices', '/sys/bus/ccw/devices', CSS]

/** How many subchannels are in a machine of ccw-large. */
const ALL = 4 * 65536

function entries({ sh }: Lpar, path: string) {
  return (sh.stat(path) as Directory).list()
}

test('262,144 subchannels are listed without becoming objects', t => {
  const machine = lpar('6.12', 'ccw-large')
  for (const path of LISTS) {
    const names = entries(machine, path).map(({ name }) => name)
    t.is(names.filter(name => /^0\.[0-3]\.[0-9a-f]{4}$/.test(name)).length, ALL, path)
    t.is(new Set(names).size, names.length, path)
  }
  t.is(machine.css.unseen, ALL)
  // a directory has a link for itself, one for its name, and one for each directory in it
  t.true((machine.sh.stat(CSS) as Directory).nlink > ALL)
})

test('what is looked at keeps the name, place and inode number that it was listed with', t => {
  const machine = lpar('6.12', 'ccw-large')
  const { sh } = machine
  const before = LISTS.map(path => entries(machine, path))
  const number = (list: number, name: string) => before[list]!.find(each => each.name === name)!.ino
  t.is(sh.lstat('/sys/bus/css/devices/0.2.1234').ino, number(0, '0.2.1234'))
  t.is(machine.css.unseen, ALL - 1)
  t.is(sh.lstat('/sys/bus/ccw/devices/0.2.1234').ino, number(1, '0.2.1234'))
  t.is(sh.lstat(`${CSS}/0.2.1234`).ino, number(2, '0.2.1234'))
  t.is(sh.cat('/sys/bus/ccw/devices/0.2.1234/online'), '0\n')
  t.is(machine.css.unseen, ALL - 1, 'the device came with its subchannel')
  for (const [i, path] of LISTS.entries()) {
    // deepEqual of so many would take minutes
    const now = entries(machine, path)
    t.is(now.length, before[i]!.length)
    t.true(
      now.every(({ name, ino, type }, j) => {
        const was = before[i]![j]!
        return name === was.name && ino === was.ino && type === was.type
      }),
      path,
    )
  }
})

test('a path that is varied off shows in those that were looked at and in those that were not', t => {
  const { sh, css } = lpar('6.12', 'ccw-large')
  const vpm = (name: string) => sh.cat(`/sys/bus/css/devices/${name}/vpm`)
  t.is(vpm('0.1.0001'), 'f0\n')
  sh.put(`${CSS}/chp0.41/status`, 'offline')
  t.is(css.unseen, ALL - 1)
  t.deepEqual([vpm('0.1.0001'), vpm('0.3.fffe')], ['b0\n', 'b0\n'])
  sh.put(`${CSS}/chp0.41/status`, 'online')
  t.deepEqual([vpm('0.1.0001'), vpm('0.3.fffe'), vpm('0.0.0000')], ['f0\n', 'f0\n', 'f0\n'])
})

/** What somebody does to a machine, or only looks at. */
const action = fc.oneof(
  fc.record({ look: fc.constantFrom('css', 'ccw'), number: fc.integer({ min: 0, max: 0x40 }) }),
  fc.record({ ignore: fc.constantFrom('add', 'free'), number: fc.integer({ min: 0, max: 0x40 }) }),
  fc.record({ vary: fc.constantFrom('on', 'off'), path: fc.constantFrom('40', '41', '44', '45') }),
  fc.record({ purge: fc.constant(true) }),
  fc.record({ online: fc.integer({ min: 0, max: 0x40 }) }),
)

const name = (number: number) => `0.0.${number.toString(16).padStart(4, '0')}`

/** As many devices as actions reach. */
const FEW = profileOf(
  withHead(`devices:
  - css: 0
    chpids: { 40-41: FICON, 44-45: FICON }
    devices: [ "dasd 0000-0040 on chpids 40,41,44,45" ]
`),
)

function act(
  { sh }: Lpar,
  step: typeof action extends fc.Arbitrary<infer T> ? T : never,
  look: boolean,
): void {
  if ('look' in step) {
    const path = `/sys/bus/${step.look}/devices/${name(step.number)}`
    if (look && sh.exists(path)) sh.ls(path)
  } else if ('ignore' in step) sh.try('/proc/cio_ignore', `${step.ignore} ${name(step.number)}`)
  else if ('vary' in step) sh.try(`${CSS}/chp0.${step.path}/status`, step.vary)
  else if ('purge' in step) sh.try('/proc/cio_ignore', 'purge')
  else {
    const path = `/sys/bus/ccw/devices/${name(step.online)}/online`
    if (sh.exists(path)) sh.try(path, '1')
  }
}

test('whether somebody looked changes nothing of what is there', t => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), steps => {
      const watched = lpar('6.12', FEW)
      const unwatched = lpar('6.12', FEW)
      for (const step of steps) {
        act(watched, step, true)
        act(unwatched, step, false)
      }
      for (let number = 0; number <= 0x40; number++) {
        const device = `/sys/bus/ccw/devices/${name(number)}`
        const state = ({ sh }: Lpar) =>
          sh.exists(device) &&
          ['online', 'availability', 'devtype', '../vpm', '../pimpampom', '../type'].map(attribute =>
            sh.cat(`${device}/${attribute}`),
          )
        t.deepEqual(state(watched), state(unwatched), device)
      }
      for (const path of LISTS) t.is(entries(watched, path).length, entries(unwatched, path).length, path)
    }),
    { numRuns: 200 },
  )
})
