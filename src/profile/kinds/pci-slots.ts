import type { z } from 'zod'
import type { ComplainOf, Described, Kind, Site } from '../kind.ts'
import { fields, namesTo } from '../schema/fields.ts'
import { scalar, word } from '../schema/scalar.ts'

const address = word('acpiphp')

/** Bus and device, of which every function is in the slot. */
const place = scalar(
  'a bus and device such as 0000:0b:05',
  text => (/^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]$/.test(text) ? text : undefined),
  ['string'],
)

const schema = fields('slots for hot-plug', {
  pci_slots: address.meta({ description: 'acpiphp, which finds slots by ACPI' }),
  slots: namesTo(place, 'a map of slots, such as {5: 0000:0b:05}'),
})

/** `/sys/bus/pci/slots`. */
export const pciSlots: Kind = {
  key: 'pci_slots',
  address,
  schema,
  check(devices: readonly Described[], complain: ComplainOf) {
    for (const device of devices) {
      const taken = new Map<string, string>()
      for (const [name, at] of Object.entries((device.description as z.output<typeof schema>).slots)) {
        const other = taken.get(at)
        if (other !== undefined) complain(device, ['slots', name], `${at} is in slot ${other} already`)
        taken.set(at, name)
      }
    }
  },
  build({ machine }: Site, descriptions: readonly unknown[]) {
    for (const { pci_slots: driver, slots } of descriptions as z.output<typeof schema>[]) {
      const module = machine.module(driver)
      for (const [name, at] of Object.entries(slots)) machine.pciBus.addSlot({ name, address: at }, module)
    }
  },
}
