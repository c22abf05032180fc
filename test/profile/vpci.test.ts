import test from 'ava'
import { buildMachine } from '../../src/profile/index.ts'
import { Shell } from '../support/tree.ts'
import { complaints, profileOf, withHead } from './support.ts'

const DEVICE = `
devices:
  - pci: "0000:00:04.0"
    config: |
      vpci 1
      id 15b3:101e subsys 15b3:0001 class 020000 rev 01
      bar 0 mem64 prefetch size 1M at fe000000
      cap 60 exp ver=2 flr=1 speed=16 width=8
      ecap 100 aer
      ecap 148 pasid width=20
`

test('a profile describes configuration space as text', t => {
  const { kernel } = buildMachine([profileOf(withHead(DEVICE))])
  const sh = new Shell(kernel.root)
  const path = '/sys/bus/pci/devices/0000:00:04.0'
  t.is(sh.cat(`${path}/vendor`), '0x15b3\n')
  t.is(sh.cat(`${path}/max_link_speed`), '16.0 GT/s PCIe\n')
  t.is(sh.cat(`${path}/reset_method`), 'flr\n')
  t.is(sh.cat(`${path}/resource`).split('\n')[0], '0x00000000fe000000 0x00000000fe0fffff 0x000000000014220c')
  t.is(sh.cat(`${path}/config`).length, 4096)
})

test('its mistakes have their lines', t => {
  const [said] = complaints(withHead(DEVICE.replace('width=20', 'width=21')))
  t.regex(said!, /^13:7 PASIDs have 1 to 20 bits and these have 21/)
  const twice = complaints(withHead(`${DEVICE}    config_writable: 0x40-0x4f\n`))
  t.true(
    twice.some(line => line.includes('the text in config says it; leave it out here')),
    twice.join('\n'),
  )
})
