import { getBits } from './bits.ts'
import { EXP } from './standard.ts'

/** What a device does other than its bytes say. */
export interface Quirk {
  readonly vendor: number
  readonly devices: readonly number[]
  /** A capability that is there although no chain leads to it. */
  readonly hidden: { readonly at: number; readonly id: number }
}

/** All that is known of devices which break the rules; whatever reads bytes asks here and nowhere else. */
const QUIRKS: readonly Quirk[] = [
  // quirk_intel_qat_vf_cap() of drivers/pci/quirks.c: the next pointer of MSI-X is 0, where PCI Express should follow
  { vendor: 0x8086, devices: [0x0443], hidden: { at: 0x50, id: EXP } },
]

/** Capabilities outside the chain that the device of these bytes is known to have. */
export function hiddenCapabilities(bytes: Uint8Array): readonly Quirk['hidden'][] {
  const vendor = getBits(bytes, 0, 0, 16)
  const device = getBits(bytes, 2, 0, 16)
  return QUIRKS.filter(quirk => quirk.vendor === vendor && quirk.devices.includes(device))
    .map(({ hidden }) => hidden)
    .filter(({ at, id }) => getBits(bytes, at, 0, 8) === id)
}
