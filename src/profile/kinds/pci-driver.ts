import { loadVfioPci, VFIO_PCI } from '../../drivers/vfio-pci.ts'
import type { Kind, Site } from '../kind.ts'
import { fields } from '../schema/fields.ts'
import { word } from '../schema/scalar.ts'

const address = word(VFIO_PCI)

/** Drivers of the pci bus that take devices when they are told to, besides those that devices say. */
export const pciDriver: Kind = {
  key: 'pci_driver',
  address,
  schema: fields('a driver that waits for PCI devices', {
    pci_driver: address.meta({ description: 'vfio-pci, which hands functions to user space' }),
  }),
  build({ machine }: Site) {
    // a device may have said it
    if (!machine.pciBus.driverList().some(({ name }) => name === VFIO_PCI)) loadVfioPci(machine)
  },
}
