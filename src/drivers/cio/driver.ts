import type { BusType } from '../../sysfs/base/bus.ts'
import type { Device } from '../../sysfs/base/device.ts'
import { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Module } from '../../sysfs/base/module.ts'
import { attrRO, attrWO, EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { hex } from '../../sysfs/lib/hex.ts'
import { Subchannel } from './subchannel.ts'

/** A driver of subchannels of one type: `struct css_driver` (drivers/s390/cio/css.h). */
export class CssDriver extends DeviceDriver {
  readonly subchannelType: number

  constructor(bus: BusType, name: string, subchannelType: number, module?: Module) {
    super(bus, name, module && { module })
    this.subchannelType = subchannelType
  }

  override probe(device: Device): void {
    if (device instanceof Subchannel) device.announce()
  }
}

const ioTable = new EntryTable<Subchannel>([
  attrWO('logging', () => {
    throw new Errno('EOPNOTSUPP')
  }),
  attrRO('vpm', sch => `${hex(sch.vpm, 2)}\n`),
])

/** io_subchannel (drivers/s390/cio/device.c): it finds what is behind a subchannel. */
export class IoSubchannelDriver extends CssDriver {
  override deviceGroups(): readonly EntryTable<never>[] {
    return [ioTable]
  }

  override bound(device: Device): void {
    if (device instanceof Subchannel) device.css.recognize(device)
  }

  override *release(device: Device): Task {
    if (device instanceof Subchannel) yield* device.css.forget(device)
  }
}
