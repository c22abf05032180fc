import { attrRO, attrWO, type Caller, EntryTable } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { numberOrEinval } from '../sysfs/lib/number-or-einval.ts'
import { PORT_TYPES } from './config/standard.ts'
import { PCI_SECONDARY_BUS, PCI_SUBORDINATE_BUS } from './config-space.ts'
import type { PciDevice } from './device.ts'

/** Registers of the PCI Express capability, and their bits. */
const LNKCAP = 0x0c
const LNKSTA = 0x12
const LNKCAP2 = 0x2c

/** Bridges behind which there is conventional PCI. */
const PORTS_TO_PCI: readonly number[] = [PORT_TYPES['pcie-pci']]

/** `pci_speed_string()` by the code of a link speed. */
const SPEEDS = ['Unknown', '2.5', '5.0', '8.0', '16.0', '32.0', '64.0'].map(speed =>
  speed === 'Unknown' ? speed : `${speed} GT/s PCIe`,
)

function speedString(code: number): string {
  return `${SPEEDS[code] ?? 'Unknown'}\n`
}

/** `pcie_get_speed_cap()`: the highest of the supported speeds, else what the link capabilities say. */
function maxSpeed(device: PciDevice): number {
  const { view } = device.express!
  const supported = view.bits(2, 0, 4) >= 2 ? view.bits(LNKCAP2, 1, 7) : 0
  return supported === 0 ? view.bits(LNKCAP, 0, 4) : 32 - Math.clz32(supported)
}

/**
 * How fast the bus behind a bridge is: `pci_set_bus_speed()`, from the link of a bridge with PCI Express; conventional PCI
 * otherwise.
 */
export function busSpeed(bridge: PciDevice | undefined, which: 'max' | 'current'): string {
  const view = bridge?.express?.view
  if (!view || PORTS_TO_PCI.includes(view.bits(2, 4, 4))) return '33 MHz PCI\n'
  return speedString(which === 'max' ? view.bits(LNKCAP, 0, 4) : view.bits(LNKSTA, 0, 4))
}

/** Of functions with the PCI Express capability: drivers/pci/pci-sysfs.c `pcie_dev_attrs`. */
export const expressTable = new EntryTable<PciDevice>([
  attrRO('max_link_speed', d => speedString(maxSpeed(d))),
  attrRO('max_link_width', d => `${d.express!.view.bits(LNKCAP, 4, 6)}\n`),
  attrRO('current_link_speed', d => speedString(d.express!.view.bits(LNKSTA, 0, 4))),
  attrRO('current_link_width', d => `${d.express!.view.bits(LNKSTA, 4, 6)}\n`),
])

/**
 * `reset_subordinate_store()`: EPERM for others than root, EINVAL for no number. What functions had in their configuration
 * space is restored after the reset.
 */
function resetSubordinateStore(_bridge: PciDevice, buf: string, { uid }: Caller): void {
  if (uid !== 0) throw new Errno('EPERM')
  numberOrEinval(buf)
}

/** Of bridges: drivers/pci/pci-sysfs.c `pci_bridge_attrs`. */
export const bridgeTable = new EntryTable<PciDevice>([
  attrRO('secondary_bus_number', d => `${d.config.bytes[PCI_SECONDARY_BUS]}\n`),
  attrRO('subordinate_bus_number', d => `${d.config.bytes[PCI_SUBORDINATE_BUS]}\n`),
  attrWO('reset_subordinate', resetSubordinateStore, {
    present: d => d.kernel.release.resetSubordinate,
  }),
])

/** Names of errors in the order of their bits (drivers/pci/pcie/aer.c). */
const CORRECTABLE = words('RxErr BadTLP BadDLLP Rollover Timeout NonFatalErr CorrIntErr HeaderOF')
const UNCORRECTABLE = words(
  'Undefined DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol UncorrIntErr',
  'BlockedTLP AtomicOpBlocked TLPBlockedErr PoisonTLPBlocked',
)
const UNCORRECTABLE_SINCE_6_1 = words('DMWrReqBlocked IDECheck MisIDETLP PCRC_CHECK TLPXlatBlocked')

function words(...lines: string[]): readonly string[] {
  return lines.flatMap(line => line.split(' '))
}

/** Nothing goes wrong on these links. */
function noErrors(names: readonly string[], total: string): string {
  return [...names, total].map(name => `${name} 0\n`).join('')
}

function uncorrectable({ kernel }: PciDevice, total: string): string {
  const more = kernel.release.aerNewerErrors ? UNCORRECTABLE_SINCE_6_1 : []
  return noErrors([...UNCORRECTABLE, ...more], total)
}

/** Root ports and root complex event collectors: where messages of devices below arrive. */
export function isRootPort(device: PciDevice): boolean {
  const port = device.express?.view.bits(2, 4, 4)
  return port === PORT_TYPES.root || port === PORT_TYPES.rcec
}

const ofRootPort = { present: isRootPort }

/** Of functions that report errors: drivers/pci/pcie/aer.c `aer_stats_attrs`. */
export const aerTable = new EntryTable<PciDevice>([
  attrRO('aer_dev_correctable', () => noErrors(CORRECTABLE, 'TOTAL_ERR_COR')),
  attrRO('aer_dev_fatal', d => uncorrectable(d, 'TOTAL_ERR_FATAL')),
  attrRO('aer_dev_nonfatal', d => uncorrectable(d, 'TOTAL_ERR_NONFATAL')),
  attrRO('aer_rootport_total_err_cor', () => '0\n', ofRootPort),
  attrRO('aer_rootport_total_err_fatal', () => '0\n', ofRootPort),
  attrRO('aer_rootport_total_err_nonfatal', () => '0\n', ofRootPort),
])
