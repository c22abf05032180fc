import type { Directory } from '../sysfs/kernfs/directory.ts'
import { attrRO, attrRW, EntryTable, link } from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { simpleStrtoull } from '../sysfs/lib/vsprintf.ts'
import type { PciBus } from './bus.ts'
import type { PciDevice } from './device.ts'
import { busSpeed } from './express.ts'

export interface PciSlotInit {
  readonly name: string
  /** Bus and device, without a function: `0000:0b:05`. */
  readonly address: string
}

/**
 * `/sys/bus/pci/slots/NAME` (drivers/pci/slot.c, hotplug/pci_hotplug_core.c), as acpiphp has it: a slot without power has
 * no functions, and a rescan finds none there.
 */
export class PciSlot {
  readonly address: string
  readonly bus: PciBus
  readonly driver: Directory
  /** It was not taken from it. */
  powered = true

  constructor(bus: PciBus, slots: Directory, { name, address }: PciSlotInit, driver: Directory) {
    this.bus = bus
    this.address = address
    this.driver = driver
    slots.mkdir(name).attach(slotTable, this)
  }

  /** Virtual functions are none that firmware knows. */
  get functions(): PciDevice[] {
    return Array.from({ length: 8 }, (_, i) => this.bus.function(`${this.address}.${i}`)).filter(
      device => device !== undefined && !device.isVirtual,
    ) as PciDevice[]
  }

  get occupied(): boolean {
    return this.functions.length > 0
  }
}

/** `power_write_file()`: what is no number is 0; EINVAL for any other number than 0 and 1, of 8 bits. */
function* powerStore(slot: PciSlot, buf: string): Task<number> {
  const power = Number(simpleStrtoull(buf, 10).value & 0xffn)
  if (power > 1) throw new Errno('EINVAL')
  slot.powered = power === 1
  if (slot.powered) slot.bus.rescan()
  else for (const device of slot.functions) yield* slot.bus.stopAndRemove(device)
  return buf.length
}

const bit = (value: boolean) => (value ? '1\n' : '0\n')

const slotTable = new EntryTable<PciSlot>([
  attrRO('address', slot => `${slot.address}\n`),
  attrRO('max_bus_speed', slot => busSpeed(slot.bus.bridgeTo(slot.address), 'max')),
  attrRO('cur_bus_speed', slot => busSpeed(slot.bus.bridgeTo(slot.address), 'current')),
  link('module', slot => slot.driver),
  attrRW('power', slot => bit(slot.occupied), powerStore),
  // acpiphp knows no lamp, unless a driver for the machine does
  attrRW(
    'attention',
    () => {
      throw new Errno('EINVAL')
    },
    () => {
      throw new Errno('EINVAL')
    },
  ),
  attrRO('latch', slot => bit(!slot.occupied)),
  attrRO('adapter', slot => bit(slot.occupied)),
])
