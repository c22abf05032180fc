import test from 'ava'
import fc from 'fast-check'
import { Directory } from '../../src/sysfs/kernfs/directory.ts'
import { Client, complaints, profileOf, withHead } from './support.ts'

/** A channel subsystem with two paths, devices, and more keys. */
function css(devices: readonly string[], ...keys: string[]): string {
  const list = devices.map(line => `      - ${line}\n`).join('')
  const own = keys.map(line => `    ${line}\n`).join('')
  const chpids = own.includes('chpids:') ? '' : '    chpids: { 40-41: FICON }\n'
  return withHead(`devices:\n  - css: 0\n${chpids}${own}    devices:\n${list}`)
}

const DASD = 'dasd 1000-10ff on chpids 40,41'

const MISTAKES: readonly (readonly [text: string, message: RegExp])[] = [
  [css([DASD], 'chpid: {}'), /unknown key "chpid"; did you mean "chpids"\?/],
  [css(['dasd 1000 on chpid 42']), /there is no channel path 42 in chpids/],
  [
    css(['disk 1000 on chpid 40']),
    /"disk 1000 on chpid 40" is not devices such as dasd 1000-10ff on chpids 40,41/,
  ],
  [css(['dasd 1000']), /"dasd 1000" is not devices such as/],
  [css(['dasd 10000 on chpid 40']), /is not devices such as/],
  [css(['dasd 10ff-1000 on chpid 40']), /10ff-1000 runs backwards/],
  [css(['dasd 1000 on chpids 40,40']), /a channel path is named twice in 40,40/],
  [
    css(['dasd 1000 on chpids 40,41,42,43,44,45,46,47,48'], 'chpids: { 40-4f: FICON }'),
    /9 channel paths are more than 8/,
  ],
  [css([DASD, 'dasd 10ff on chpid 40']), /device 0\.0\.10ff is described twice/],
  [
    css([DASD, '{ devices: dasd 2000 on chpid 40, subchannel: 00ff }']),
    /subchannel 0\.0\.00ff is that of a device above/,
  ],
  [css([DASD, 'adm subchannels 0010-0011']), /subchannel 0\.0\.0010 is that of a device above/],
  [
    css(['{ devices: dasd 0000-ffff on chpid 40, subchannel: "0001" }']),
    /subchannel set 0 has no more than 65536 subchannels/,
  ],
  [css([`{ devices: "${DASD}", set: 4 }`]), /4 is not from 0 to 3/],
  [css(['{ devices: osa f500-f502 on chpid 40, vfio_ccw: yes }']), /vfio_ccw takes no devices that do QDIO/],
  [
    css([`{ devices: "${DASD}", vfio_ccw: yes, online: yes }`]),
    /what vfio_ccw has is not online here; leave one of the two out/,
  ],
  [
    css([`{ devices: "${DASD}", vfio_ccw: yes }`], 'drivers: [dasd-eckd]'),
    /vfio_ccw is not in drivers; add it there, or leave vfio_ccw out here/,
  ],
  [css([DASD], 'drivers: [dasd]'), /"dasd" is none of vfio_ccw, chsc_subchannel/],
  [css(['{ devices: adm subchannel 0200, online: yes }']), /online is for devices, and there are none/],
  [css([DASD], 'chpids: { 40-41: FICON, "41": OSD }'), /channel path 41 is described twice/],
  [css([DASD], 'chpids: { 41-40: FICON }'), /the range 41-40 runs backwards/],
  [css([DASD], 'chpids: { 40-41: ESCON }'), /"ESCON" is not a type of channel path: OSD, FICON/],
  [css([DASD], 'cio_ignore: 0.0.1000-'), /0\.0\.1000- is no device/],
  [css([DASD], 'ipldev: 0.4.1000'), /"0\.4\.1000" is not the number of a device, such as 0\.0\.1000/],
  [css([DASD], 'chpids: { 40-41: { type: FICON, pnetid: net0 } }'), /"net0" is not a physical network id/],
]

for (const [text, message] of MISTAKES) {
  test(`${message.source} is told`, t => {
    const told = complaints(text)
    t.true(told.length > 0)
    t.regex(told[0]!, message)
  })
}

/** Lines of devices that may overlap; their names are built by another way than the model's. */
const line = fc.record({
  model: fc.constantFrom('dasd', 'fba', 'osa', 'console', '3990/e9 3390/0a', '1403/00'),
  first: fc.integer({ min: 0, max: 0xffff }),
  count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 0x10000 })),
  set: fc.integer({ min: 0, max: 3 }),
  subchannel: fc.option(fc.integer({ min: 0, max: 0xffff })),
})

const hex4 = (value: number) => value.toString(16).padStart(4, '0')

test('random lines of devices: told where they collide, else all of them are there, at the numbers they say', t => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), lines => {
      const text = css(
        lines.map(({ model, first, count, set, subchannel }) => {
          const last = Math.min(0xffff, first + count - 1)
          const place = subchannel === null ? '' : `, subchannel: "${hex4(subchannel)}"`
          return `{ devices: "${model} ${hex4(first)}-${hex4(last)} on chpids 40,41", set: ${set}${place} }`
        }),
      )
      const subchannels = new Map<string, string>()
      const devices = new Set<string>()
      const next = [0, 0, 0, 0]
      let collides = false
      for (const { first, count, set, subchannel } of lines) {
        const last = Math.min(0xffff, first + count - 1)
        let at = subchannel ?? next[set]!
        for (let devno = first; devno <= last; devno++, at++) {
          const device = `0.${set}.${hex4(devno)}`
          const id = `0.${set}.${hex4(at)}`
          if (at > 0xffff || subchannels.has(id) || devices.has(device)) collides = true
          subchannels.set(id, device)
          devices.add(device)
        }
        next[set] = at
      }
      const told = complaints(text)
      t.is(told.length > 0, collides, told.join('\n'))
      if (collides) return
      const client = new Client([profileOf(text)])
      const names = (path: string) =>
        (client.lookup(path) as Directory)
          .list()
          .map(({ name }) => name)
          .sort()
      // as texts, since there can be 65,536 in each set
      t.is(names('/sys/bus/css/devices').join(), [...subchannels.keys()].sort().join())
      t.is(names('/sys/bus/ccw/devices').join(), [...devices].sort().join())
      const all = [...subchannels]
      for (const [id, device] of [all[0]!, all.at(-1)!]) {
        t.true(client.lookup(`/sys/devices/css0/${id}/${device}`) instanceof Directory)
        t.is(
          client.lookup(`/sys/bus/ccw/devices/${device}`),
          client.lookup(`/sys/devices/css0/${id}/${device}`),
        )
      }
    }),
    { numRuns: 60 },
  )
})
