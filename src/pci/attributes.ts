import { driverOverride } from '../sysfs/base/driver-override.ts'
import {
  attrRO,
  attrRW,
  attrWO,
  type BinAttribute,
  binAttr,
  type Caller,
  EntryTable,
} from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { hex } from '../sysfs/lib/hex.ts'
import { kstrtoint } from '../sysfs/lib/kstrtox.ts'
import { numberOrEinval } from '../sysfs/lib/number-or-einval.ts'
import { linkGroup } from './aspm.ts'
import { PCI_STD_HEADER_SIZE } from './config-space.ts'
import type { PciDevice } from './device.ts'
import {
  IORESOURCE_IO,
  IORESOURCE_PREFETCH,
  PCI_STD_NUM_BARS,
  resourceLine,
  resourceSize,
} from './resource.ts'

/** -1, as no node (NUMA_NO_NODE). */
const NO_NODE = -1

/** `enable_store()`: EINVAL for no number, EBUSY while a driver holds the device, EIO for disabling what is disabled. */
function enableStore(device: PciDevice, buf: string): void {
  const value = numberOrEinval(buf)
  if (device.driver) throw new Errno('EBUSY', `${device.name} is bound to ${device.driver.name}`)
  if (value !== 0n) device.enable()
  else if (device.enabled > 0) device.disable()
  else throw new Errno('EIO', `${device.name} is not enabled`)
}

/** `numa_node_store()`: EINVAL unless -1 or a node that is online; machines here have one node, or none. */
function numaNodeStore(device: PciDevice, buf: string): void {
  const node = kstrtoint(buf, 0)
  if (node !== NO_NODE && node !== 0) throw new Errno('EINVAL')
  device.numaNode = node
}

/** `remove_store()`: a number, else EINVAL; not zero removes the device with all that is below it. */
function* removeStore(device: PciDevice, buf: string): Task {
  if (numberOrEinval(buf) === 0n) return
  device.removable = false
  device.revalidate()
  yield* device.pciBus.stopAndRemove(device)
}

/** `dev_rescan_store()`. */
function rescanStore(device: PciDevice, buf: string): void {
  if (numberOrEinval(buf) !== 0n) device.pciBus.rescan()
}

/** Other users than root see the header only: the rest may lock up devices (`pci_read_config()`). */
function readConfig({ config }: PciDevice, offset: number, length: number, opener: Caller): Uint8Array {
  const size = opener.uid === 0 ? config.size : Math.min(config.size, PCI_STD_HEADER_SIZE)
  return offset >= size ? new Uint8Array(0) : config.read(offset, Math.min(length, size - offset))
}

function writeConfig(device: PciDevice, data: Uint8Array, offset: number): number {
  device.writeConfig(offset, data)
  return data.length
}

/** `pci_ari_enabled()`: the bridge above forwards routing ids with functions of 8 bits. */
function behindAri({ parent }: PciDevice): boolean {
  return parent !== undefined && 'ariEnabled' in parent && parent.ariEnabled === true
}

function id(value: number, digits: number): string {
  return `0x${hex(value, digits)}\n`
}

/** What every function shows: drivers/pci/pci-sysfs.c `pci_dev_attrs` and `pci_dev_dev_attrs`. */
export const deviceTable = new EntryTable<PciDevice>([
  attrRO('vendor', d => id(d.identity.vendor, 4)),
  attrRO('device', d => id(d.identity.device, 4)),
  attrRO('subsystem_vendor', d => id(d.identity.subsystemVendor, 4)),
  attrRO('subsystem_device', d => id(d.identity.subsystemDevice, 4)),
  attrRO('revision', d => id(d.revision, 2)),
  attrRO('class', d => id(d.identity.class, 6)),
  attrRO('irq', d => `${d.irq}\n`),
  attrRO('modalias', d => `${d.modalias}\n`),
  attrRO('resource', d => d.resources.map(resourceLine).join('')),
  attrRO('power_state', d => `${d.powerState}\n`),
  attrRO('ari_enabled', d => (behindAri(d) ? '1\n' : '0\n')),
  attrRO('local_cpus', d => `${d.kernel.cpus.mask}\n`),
  attrRO('local_cpulist', d => `${d.kernel.cpus.list}\n`),
  attrRO('dma_mask_bits', d => `${d.dmaMaskBits}\n`),
  attrRO('consistent_dma_mask_bits', d => `${d.dmaMaskBits}\n`),
  attrRO('boot_vga', d => (d.pciBus.bootVga === d ? '1\n' : '0\n'), { present: d => d.isVga }),
  attrRO('waiting_for_supplier', () => '0\n', { present: d => d.waitingForSupplier }),
  attrRW('enable', d => `${d.enabled}\n`, enableStore),
  attrRW('numa_node', d => `${d.numaNode}\n`, numaNodeStore),
  attrRW(
    'msi_bus',
    d => (d.msiAllowed ? '1\n' : '0\n'),
    (d, buf) => {
      d.msiAllowed = numberOrEinval(buf) !== 0n
    },
  ),
  attrRW(
    'broken_parity_status',
    d => (d.brokenParity ? '1\n' : '0\n'),
    (d, buf) => {
      d.brokenParity = numberOrEinval(buf) !== 0n
    },
  ),
  attrRW(
    'd3cold_allowed',
    d => (d.d3coldAllowed ? '1\n' : '0\n'),
    (d, buf) => {
      d.d3coldAllowed = numberOrEinval(buf) !== 0n
    },
  ),
  driverOverride(),
  attrWO('remove', removeStore, { mode: 0o220, present: d => d.removable && !d.isVirtual }),
  attrWO('rescan', rescanStore, { present: d => !d.isVirtual }),
  binAttr('config', 0o644, { size: d => d.config.size, read: readConfig, write: writeConfig }),
  linkGroup,
])

/** A BAR: only root may, and only by mapping, unless it decodes I/O ports (`pci_create_attr()`). */
function resourceFile(name: string, index: number): BinAttribute<PciDevice> {
  return binAttr(name, 0o600, { size: d => resourceSize(d.resources[index]!), mmap: true })
}

/** `resourceN`, and `resourceN_wc` for what may be mapped write-combining. */
export function resourceTable({ resources }: PciDevice): EntryTable<PciDevice> {
  const files: BinAttribute<PciDevice>[] = []
  for (const [index, { flags }] of resources.slice(0, PCI_STD_NUM_BARS).entries()) {
    if (flags === 0) continue
    files.push(resourceFile(`resource${index}`, index))
    if (flags & IORESOURCE_PREFETCH && !(flags & IORESOURCE_IO))
      files.push(resourceFile(`resource${index}_wc`, index))
  }
  return new EntryTable(files)
}
