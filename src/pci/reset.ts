import { attrRW, attrWO, EntryTable } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { numberOrEinval } from '../sysfs/lib/number-or-einval.ts'
import { sysfsStreq } from '../sysfs/lib/sysfs.ts'
import { PCI_CFG_SPACE_SIZE } from './config-space.ts'
import type { PciDevice } from './device.ts'

/** Registers and bits that reset a function when they are written. */
const DEVCTL_HIGH = 0x09
const AF_CTRL = 0x04
const PMCSR = 0x04
const BCR_FLR = 0x80
const AF_INITIATE_FLR = 0x01
const D3HOT = 3

/** `pci_reset_fn_methods` in the order in which they are tried, and whether a function has them. */
const METHODS: Readonly<Record<string, (device: PciDevice) => boolean>> = {
  flr: hasFlr,
  af_flr: hasAfFlr,
  pm: d => d.powerManagement !== undefined && !keepsState(d),
  // the bus behind a bridge, where nothing else is on it
  bus: d => d.aloneOnBus,
}

function hasFlr({ express }: PciDevice): boolean {
  return express?.view.bits(0x04, 28, 1) === 1
}

/** Both capabilities bits are needed. */
function hasAfFlr({ advancedFeatures }: PciDevice): boolean {
  return advancedFeatures?.view.bits(0x03, 0, 2) === 3
}

/** NoSoftRst: coming back from D3hot resets nothing. */
function keepsState({ powerManagement }: PciDevice): boolean {
  return powerManagement?.view.bits(PMCSR, 3, 1) === 1
}

/** `pci_init_reset_methods()`. */
export function resetMethods(device: PciDevice): string[] {
  return Object.keys(METHODS).filter(name => METHODS[name]!(device))
}

/** `reset_store()`: EINVAL for anything but 1. What the function had in its configuration space is restored afterwards. */
function resetStore(_device: PciDevice, buf: string): void {
  if (numberOrEinval(buf) !== 1n) throw new Errno('EINVAL')
}

/** `reset_method_store()`: default, none at all, or names that the function has, EINVAL for others. */
function resetMethodStore(device: PciDevice, buf: string): void {
  if (sysfsStreq(buf, 'default')) {
    device.resetMethods = resetMethods(device)
    return
  }
  const names = buf
    .split('\0')[0]!
    .split(' ')
    .map(name => name.trim())
    .filter(name => name !== '')
  const wrong = names.find(name => !Object.hasOwn(METHODS, name) || !METHODS[name]!(device))
  if (wrong !== undefined) throw new Errno('EINVAL', `${device.name} can not be reset by ${wrong}`)
  device.resetMethods = names
}

/** Of functions that can be reset: drivers/pci/pci.c `pci_dev_reset_method_attrs`, pci-sysfs.c `reset`. */
export const resetTable = new EntryTable<PciDevice>([
  attrWO('reset', resetStore, { present: d => d.resetMethods.length > 0 }),
  attrRW(
    'reset_method',
    d => (d.resetMethods.length === 0 ? '' : `${d.resetMethods.join(' ')}\n`),
    resetMethodStore,
    { present: d => d.kernel.release.resetMethod },
  ),
])

/** What a write into configuration space does besides changing bits: function level resets, and power states. */
export function configWritten(
  device: PciDevice,
  offset: number,
  data: Uint8Array,
  stateBefore: number,
): void {
  const { express, advancedFeatures } = device
  const written = (at: number) => data[at - offset] ?? 0
  const flr = express && hasFlr(device) && written(express.at + DEVCTL_HIGH) & BCR_FLR
  const afFlr =
    advancedFeatures && hasAfFlr(device) && written(advancedFeatures.at + AF_CTRL) & AF_INITIATE_FLR
  const woken = stateBefore === D3HOT && powerState(device) === 0 && !keepsState(device)
  if (flr || afFlr || woken) resetFunction(device)
}

/** PCI_PM_CTRL_STATE_MASK: 0 to 3 for D0 to D3hot. */
export function powerState({ powerManagement }: PciDevice): number {
  return powerManagement?.view.bits(PMCSR, 0, 2) ?? 0
}

/** What software set in the header and in capabilities is lost; registers of extended capabilities are sticky. */
export function resetFunction({ config }: PciDevice): void {
  for (let at = 0; at < PCI_CFG_SPACE_SIZE; at++) config.bytes[at]! &= ~config.writable[at]!
}
