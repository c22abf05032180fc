import { fileURLToPath } from 'node:url'
import test from 'ava'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { complaints, withHead } from '../profile/support.ts'
import { bench } from '../support/machine.ts'

const BOARD = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))
const SLOT = '/sys/bus/pci/slots/0-2'
const NVME = '/sys/bus/pci/devices/0000:02:00.0'

test('power takes the functions of a slot away, and a rescan finds none there until it is back', t => {
  const { sh, events } = bench(buildMachine(loadProfiles([BOARD])))
  const state = () => ['power', 'adapter', 'latch'].map(name => sh.cat(`${SLOT}/${name}`).trim()).join(' ')
  t.is(state(), '1 1 0')
  t.is(sh.cat(`${SLOT}/address`), '0000:02:00\n')
  t.is(sh.readlink(`${SLOT}/module`), '../../../../module/acpiphp')
  events()
  t.is(sh.try(`${SLOT}/power`, '0\n'), 2)
  t.is(state(), '0 0 1')
  t.false(sh.exists(NVME))
  t.true(events().some(event => event.startsWith('remove@') && event.includes('0000:02:00.0')))
  sh.put('/sys/bus/pci/rescan', '1')
  t.false(sh.exists(NVME))
  t.is(sh.try(`${SLOT}/power`, '1'), 1)
  t.is(state(), '1 1 0')
  t.true(sh.exists(NVME))
  // simple_strtoul(), of which 8 bits count
  for (const [written, answer] of [
    ['2', 'EINVAL'],
    ['257', 3],
    ['1x', 2],
    ['x', 1],
  ] as const)
    t.is(sh.try(`${SLOT}/power`, written), answer, written)
  t.is(state(), '0 0 1', 'what is no number is 0')
  t.is(sh.try(`${SLOT}/attention`, '1'), 'EINVAL')
})

test('speeds are those of the bridge, and 33 MHz behind a bridge to conventional PCI', t => {
  const { sh } = bench(buildMachine(loadProfiles([BOARD])))
  const speeds = (name: string) =>
    ['cur_bus_speed', 'max_bus_speed'].map(each => sh.cat(`/sys/bus/pci/slots/${name}/${each}`).trim())
  t.deepEqual(speeds('0-2'), ['2.5 GT/s PCIe', '16.0 GT/s PCIe'])
  t.deepEqual(speeds('5'), ['33 MHz PCI', '33 MHz PCI'])
})

test('two slots at one place are told', t => {
  const told = complaints(
    withHead('devices:\n  - pci_slots: acpiphp\n    slots: { "1": 0000:0b:01, "2": 0000:0b:01 }\n'),
  )
  t.is(told.length, 1)
  t.regex(told[0]!, /0000:0b:01 is in slot 1 already/)
})
