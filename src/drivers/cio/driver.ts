import type { BusType } from '../../sysfs/base/bus.ts'
import type { Device } from '../../sysfs/base/device.ts'
import { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Module } from '../../sysfs/base/module.ts'
import { attrRO, attrWO, EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { CcwDevice } from './device.ts'
import { hex, type SenseId } from './hardware.ts'
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

/** What a ccw driver takes: `struct ccw_device_id`. What is not said may be anything. */
export type CcwDeviceId = Partial<SenseId>

export interface CcwDriverInit {
  readonly ids: readonly CcwDeviceId[]
  /** It sets devices online by itself when it gets them. */
  readonly setsOnline?: boolean
  /** It keeps an online device that lost its last path (`notify(CIO_NO_PATH)`). */
  readonly keepsWithoutPath?: boolean
}

/** A driver on the ccw bus: `struct ccw_driver`. */
export class CcwDriver extends DeviceDriver {
  readonly init: CcwDriverInit

  constructor(bus: BusType, name: string, init: CcwDriverInit) {
    super(bus, name)
    this.init = init
  }

  /** `ccw_device_id_match()`. */
  matches({ senseId }: { readonly senseId: SenseId }): boolean {
    return this.init.ids.some(id =>
      (Object.keys(id) as (keyof SenseId)[]).every(key => id[key] === senseId[key]),
    )
  }

  override probe(device: Device): void {
    if (device instanceof CcwDevice && this.init.setsOnline) device.online = true
  }

  override *release(device: Device): Task {
    if (device instanceof CcwDevice) device.online = false
  }
}
