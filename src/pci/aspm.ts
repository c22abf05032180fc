import { attrRW, group, type TextAttribute } from '../sysfs/kernfs/table.ts'
import { kstrtobool } from '../sysfs/lib/kstrtox.ts'
import type { PciDevice } from './device.ts'

/** Registers of the PCI Express capability, and bits of both: L0s is the first of two, L1 the second. */
const LNKCAP = 0x0c
const LNKCAP_ASPM = 10
const LNKCAP_CLKPM = 18
const LNKCTL = 0x10
const LNKCTL_CLKREQ_EN = 8
const L0S = 0
const L1 = 1

/** The bridge above, where both are ends of a link. */
function upstream(device: PciDevice): PciDevice | undefined {
  const { bridge } = device
  return device.express && bridge?.express ? bridge : undefined
}

function capable(device: PciDevice, bit: number): boolean {
  return device.express!.view.bits(LNKCAP, bit, 1) === 1
}

function enabled(device: PciDevice, bit: number): boolean {
  return device.express!.view.bits(LNKCTL, bit, 1) === 1
}

function enable({ express, config }: PciDevice, bit: number, on: boolean): void {
  const at = express!.at + LNKCTL + (bit >> 3)
  const mask = 1 << (bit & 7)
  config.bytes[at] = on ? config.bytes[at]! | mask : config.bytes[at]! & ~mask
}

/** A power state of the link that both ends have to know; virtual functions leave the register to their physical one. */
function linkState(name: string, bit: number): TextAttribute<PciDevice> {
  return attrRW(
    name,
    device => (enabled(upstream(device)!, bit) ? '1\n' : '0\n'),
    (device, buf) => {
      const on = kstrtobool(buf)
      enable(upstream(device)!, bit, on)
      if (!device.isVirtual) enable(device, bit, on)
    },
    {
      present: device => {
        const bridge = upstream(device)
        return bridge !== undefined && [bridge, device].every(end => capable(end, LNKCAP_ASPM + bit))
      },
    },
  )
}

/**
 * `link/`: what of ASPM may be switched at the lower end of a link (drivers/pci/pcie/aspm.c `aspm_ctrl_attrs`); EINVAL for what
 * is no bool. The directory is there whether the link has any or not.
 */
export const linkGroup = group<PciDevice>('link', [
  attrRW(
    'clkpm',
    device => (enabled(device, LNKCTL_CLKREQ_EN) ? '1\n' : '0\n'),
    (device, buf) => enable(device, LNKCTL_CLKREQ_EN, kstrtobool(buf)),
    { present: device => upstream(device) !== undefined && capable(device, LNKCAP_CLKPM) },
  ),
  linkState('l0s_aspm', L0S),
  linkState('l1_aspm', L1),
])
