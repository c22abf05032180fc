import test from 'ava'
import type { FileNode } from '../../src/sysfs/kernfs/file.ts'
import { outcome } from '../support/errno.ts'
import { recorded } from './config/support.ts'
import { board, EDU, IGB } from './support.ts'

/** Attributes that follow from configuration space. */
const COMPUTED = new Set([
  'ari_enabled',
  'aer_dev_correctable',
  'aer_dev_fatal',
  'aer_dev_nonfatal',
  'aer_rootport_total_err_cor',
  'aer_rootport_total_err_fatal',
  'aer_rootport_total_err_nonfatal',
  'current_link_speed',
  'current_link_width',
  'd3cold_allowed',
  'max_link_speed',
  'max_link_width',
  'reset',
  'reset_method',
  'reset_subordinate',
  'secondary_bus_number',
  'subordinate_bus_number',
  'sriov_drivers_autoprobe',
  'sriov_offset',
  'sriov_stride',
  'sriov_totalvfs',
  'sriov_vf_device',
  'sriov_vf_total_msix',
])

interface Recorded {
  readonly path: string
  readonly mode: string
  readonly content?: string
}

/** What the recorded tree says of them; virtual functions are left to themselves. */
function recordedAttributes(): Recorded[] {
  return recorded('x86-6.1-tree.jsonl')
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Recorded)
    .filter(({ path }) => /^\/sys\/devices\/pci0000:00\/.*0000:[^/]*\/[^/]*$/.test(path))
    .filter(({ path }) => COMPUTED.has(path.split('/').at(-1)!) && !path.includes('0000:01:10'))
}

test('what follows from configuration space is what was recorded', t => {
  const { sh } = board()
  sh.put(`${IGB}/sriov_drivers_autoprobe`, '0')
  const attributes = recordedAttributes()
  t.true(attributes.length > 200)
  for (const { path, mode, content } of attributes) {
    t.is(((sh.stat(path) as FileNode).mode & 0o777).toString(8).padStart(4, '0'), mode, path)
    if (content !== undefined && mode !== '0200')
      t.is(sh.cat(path), Buffer.from(content, 'base64').toString('latin1'), path)
  }
})

test('functions have no more of them than was recorded', t => {
  const { sh, machine } = board()
  const paths = new Set(recordedAttributes().map(({ path }) => path))
  for (const device of machine.pciBus.deviceList()) {
    for (const name of sh.ls(device.path)) {
      if (COMPUTED.has(name)) t.true(paths.has(`${device.path}/${name}`), `${device.path}/${name}`)
    }
  }
})

test('a function is reset by what it has', t => {
  const { sh } = board()
  t.is(sh.cat(`${IGB}/reset_method`), 'flr pm bus\n')
  t.is(sh.try(`${IGB}/reset_method`, 'x'), 'EINVAL')
  t.is(sh.try(`${IGB}/reset_method`, 'af_flr'), 'EINVAL')
  t.is(sh.try(`${IGB}/reset_method`, 'bus\n'), 4)
  t.is(sh.cat(`${IGB}/reset_method`), 'bus\n')
  t.is(sh.try(`${IGB}/reset_method`, 'default'), 7)
  t.is(sh.cat(`${IGB}/reset_method`), 'flr pm bus\n')
  t.is(sh.try(`${IGB}/reset`, '0'), 'EINVAL')
  t.is(sh.try(`${IGB}/reset`, '1'), 1)
  t.false(sh.exists(`${EDU}/reset`))
})

test('function level reset and power states clear what software set', t => {
  const { machine } = board()
  const igb = machine.pciBus.function('0000:01:00.0')!
  const write = (offset: number, ...bytes: number[]) => igb.writeConfig(offset, Uint8Array.from(bytes))
  const command = () => igb.config.bytes[0x04]! & 0x07
  write(0x04, 0x07)
  t.is(command(), 0x07)
  write(0xa0 + 0x08, 0x00, 0x80)
  t.is(command(), 0)
  t.is(igb.config.bytes[0x09 + 0xa0]! & 0x80, 0, 'the bit reads as zero')
  write(0x04, 0x07)
  write(0x44, 0x03)
  t.is(command(), 0x07)
  write(0x44, 0x00)
  t.is(command(), 0, 'D3hot to D0 is a reset without NoSoftRst')
})

test('a 1 clears what a status register remembers, and nothing else', t => {
  const { machine } = board()
  const igb = machine.pciBus.function('0000:01:00.0')!
  const { bytes } = igb.config
  const write = (offset: number, ...data: number[]) => igb.writeConfig(offset, Uint8Array.from(data))
  bytes[0x07] = 0xf9
  write(0x06, 0xff, 0x09)
  t.is(bytes[0x07], 0xf0)
  t.is(bytes[0x06], 0x10, 'the list of capabilities stays')
  // errors of the device, and of AER
  bytes[0xa0 + 0x0a] = 0x0f
  write(0xa0 + 0x0a, 0x05)
  t.is(bytes[0xa0 + 0x0a], 0x0a)
  bytes[0x104] = 0x10
  bytes[0x112] = 0x20
  write(0x104, 0xff)
  t.deepEqual([bytes[0x104], bytes[0x112]], [0, 0x20])
})

test('ids come and go', t => {
  const { sh, events } = board()
  const driver = '/sys/bus/pci/drivers/nvme'
  t.is(sh.try(`${driver}/new_id`, '1234'), 'EINVAL')
  t.is(sh.try(`${driver}/new_id`, 'xyz'), 'EINVAL')
  t.is(sh.try(`${driver}/remove_id`, '1234 11e8'), 'ENODEV')
  events()
  t.is(sh.try(`${driver}/new_id`, '1234 11e8\n'), 10)
  t.is(sh.readlink(`${EDU}/driver`), '../../../bus/pci/drivers/nvme')
  t.true(events()[0]!.startsWith('bind@/devices/pci0000:00/0000:00:03.0 '))
  t.is(sh.try(`${driver}/new_id`, '1234 11e8\n'), 'EEXIST')
  t.is(sh.try(`${driver}/remove_id`, '0x1234 0x11e8'), 13)
  t.is(sh.try(`${driver}/remove_id`, '1234 11e8'), 'ENODEV')
  t.is(
    outcome(() => sh.try(`${driver}/remove_id`, 'x')),
    'EINVAL',
  )
})
