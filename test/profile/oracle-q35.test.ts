import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { profileFolder } from '../../src/profile/builtin.ts'
import { loadProfile } from '../../src/profile/load.ts'
import { Symlink } from '../../src/sysfs/kernfs/symlink.ts'
import { Client } from './support.ts'

const folder = join(profileFolder(), '../test')

interface Recorded {
  readonly path: string
  readonly kind: 'dir' | 'file' | 'symlink'
  readonly mode: string
  readonly size: number
  readonly content?: string
  readonly target?: string
}

/** What does not depend on what happened to the machine before the recording. */
const NAMES = new Set([
  'boot_vga',
  ...[
    'class',
    'config',
    'consistent_dma_mask_bits',
    'device',
    'dma_mask_bits',
    'driver',
    'firmware_node',
    'iommu',
  ],
  ...[
    'iommu_group',
    'irq',
    'local_cpulist',
    'local_cpus',
    'modalias',
    'msi_bus',
    'numa_node',
    'pci_bus',
    'power',
  ],
  ...['rescan', 'resource', 'resource0', 'resource0_wc', 'resource1', 'resource2', 'resource3', 'resource4'],
  ...['resource4_wc', 'resource5', 'revision', 'subsystem', 'subsystem_device', 'subsystem_vendor', 'uevent'],
  ...['vendor', 'waiting_for_supplier'],
])

const DEVICE = /^\/sys\/devices\/pci0000:00(\/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])+\/([^/]+)$/
const IGB = '/sys/devices/pci0000:00/0000:00:06.0/0000:01:00.0'
/** Made later, or given to other drivers then. */
const LATER = /\/0000:01:10\.|\/0000:00:03\.0\/(driver|uevent)$/

const recorded = readFileSync(join(folder, 'oracle/recorded/x86-6.1-tree.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded)
  .filter(({ path }) => NAMES.has(DEVICE.exec(path)?.[2] ?? '') && !LATER.test(path))

test('PCI devices are as the recorded machine had them', t => {
  const client = new Client([loadProfile(join(folder, 'profiles/oracle-q35.yaml'))])
  // the recorded machine had virtual functions then, without drivers
  client.put(`${IGB}/sriov_drivers_autoprobe`, '0')
  client.put(`${IGB}/sriov_numvfs`, '2')
  t.true(recorded.length > 600)
  for (const { path, kind, mode, size, content, target } of recorded) {
    const node = client.node(path)
    if (!node) {
      t.fail(path)
      continue
    }
    t.is(`0${(node.permissions & 0o7777).toString(8)}`, mode, path)
    t.is(node.size, size, path)
    if (node instanceof Symlink) t.is(node.text, target!, path)
    else if (kind === 'file' && content) t.is(client.bytes(path).toString('base64'), content, path)
  }
})
