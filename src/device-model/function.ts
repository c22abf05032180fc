import { MSI, MSIX } from '../pci/config/standard.ts'
import { walk } from '../pci/config/walk.ts'
import type { ConfigSpace } from '../pci/config-space.ts'
import type { PciDevice } from '../pci/device.ts'
import { withHeaderMask } from '../pci/header.ts'
import { PCI_STD_NUM_BARS, resourceSize } from '../pci/resource.ts'
import { SparseMemory } from './memory.ts'
import { type DeviceModel, EVENTFD, NORESIZE, type Region, resetRegions } from './model.ts'
import { MsixMemory, msixTable } from './msix.ts'
import { ConfigRegion, INTX, ONE, pciRegions } from './pci.ts'

const INTERRUPT_PIN = 0x3d

/**
 * A function as vfio-pci hands it out: its own configuration space, in which the guest decides where the BARs lie, and
 * memory behind each of them.
 */
export function functionModel(device: PciDevice): DeviceModel {
  const { found } = walk(device.config.bytes)
  const capability = (id: number) =>
    found.find(({ space, structure }) => space === 'cap' && structure.id === id)
  const msix = msixTable(capability(MSIX))
  const bars = Array.from({ length: PCI_STD_NUM_BARS }, (_, bar): Region | undefined => {
    const { flags } = device.resources[bar]!
    if (flags === 0) return undefined
    const size = resourceSize(device.resources[bar]!)
    return msix && [msix.table.bar, msix.pending.bar].includes(bar)
      ? new MsixMemory(size, bar, msix)
      : new SparseMemory(size)
  })
  const config = new ConfigRegion(guestSpace(device), device.config.size)
  const regions = pciRegions(bars, config)
  return {
    kind: 'pci',
    regions,
    // VFIO_PCI_*_IRQ_INDEX
    irqs: [
      device.config.bytes[INTERRUPT_PIN] ? INTX : undefined,
      capability(MSI) ? ONE : undefined,
      msix && { count: msix.vectors, flags: EVENTFD | NORESIZE },
      device.express ? ONE : undefined,
      ONE,
    ],
    ...(device.resetMethods.length > 0 && { reset: () => resetRegions(regions) }),
  }
}

/** A virtual function has neither IDs nor base addresses of its own in its registers; vfio-pci fills them in. */
function guestSpace({ config, identity, isVirtual, resources }: PciDevice): ConfigSpace {
  const bytes = config.bytes.slice()
  if (isVirtual) {
    const view = new DataView(bytes.buffer)
    view.setUint16(0, identity.vendor, true)
    view.setUint16(2, identity.device, true)
  }
  return withHeaderMask(bytes, resources)
}
