import type { BusType } from '../../sysfs/base/bus.ts'
import { Device } from '../../sysfs/base/device.ts'
import { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Module } from '../../sysfs/base/module.ts'
import { attrRO, attrRW, EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { hex } from '../../sysfs/lib/hex.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import { cmbEnable, cmfGroup } from './cmf.ts'
import { busId, type IoDevice, printAlias, type SenseId } from './hardware.ts'
import type { Subchannel } from './subchannel.ts'

/**
 * A device behind a subchannel that io_subchannel has: `struct ccw_device` (drivers/s390/cio/device.c). One that went away
 * while its driver needs it waits in defunct/, without a subchannel.
 */
export class CcwDevice extends Device {
  subchannel: Subchannel | undefined
  readonly io: IoDevice
  online = false
  /** Channel measurement is on. */
  cmbEnabled = false

  /** @param ino the inode number of its directory, where one was set aside for it */
  constructor(subchannel: Subchannel, io: IoDevice, ino?: number) {
    const { css, id } = subchannel
    super(subchannel.kernel, busId(id.ssid, io.devno, css.cssid), {
      parent: subchannel,
      bus: css.buses.ccw,
      ...(ino !== undefined && { ino }),
    })
    this.subchannel = subchannel
    this.io = io
  }

  /** `ccw_device_set_online()`: where a driver has it. */
  setOnline(): void {
    if (!(this.driver instanceof CcwDriver)) return
    this.online = true
    try {
      this.driver.setOnline(this)
    } catch (error) {
      this.online = false
      throw error
    }
  }

  /** `ccw_device_set_offline()`. */
  *setOffline(): Task {
    if (this.driver instanceof CcwDriver) yield* this.driver.setOffline(this)
    this.online = false
  }

  /** `ccw_device_move_to_orph()`. */
  orphan(defunct: Device): void {
    this.subchannel = undefined
    this.moveBelow(defunct)
  }

  /** `ccw_device_move_to_sch()`: its device is there again, maybe behind another subchannel. */
  attachTo(subchannel: Subchannel): void {
    this.subchannel = subchannel
    this.moveBelow(subchannel)
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [ccwTable]
  }

  /** `ccw_uevent()`. */
  protected override ownUeventKeys(): string[] {
    const { cuType, cuModel, devType, devModel } = this.io.senseId
    return [
      `CU_TYPE=${hex(cuType, 4).toUpperCase()}`,
      `CU_MODEL=${hex(cuModel, 2).toUpperCase()}`,
      `DEV_TYPE=${hex(devType, 4).toUpperCase()}`,
      `DEV_MODEL=${hex(devModel, 2).toUpperCase()}`,
      `MODALIAS=${printAlias(this.io.senseId)}`,
    ]
  }
}

/** What a ccw driver takes: `struct ccw_device_id`. What is not said may be anything. */
export type CcwDeviceId = Partial<SenseId>

export interface CcwDriverInit {
  readonly ids: readonly CcwDeviceId[]
  readonly module?: Module
  /** It keeps an online device that is gone or lost its last path (`notify`). */
  readonly keepsDevices?: boolean
  /** What its devices show (`dev_groups`). */
  readonly groups?: readonly EntryTable<CcwDevice>[]
}

/** A driver on the ccw bus: `struct ccw_driver` (arch/s390/include/asm/ccwdev.h). */
export class CcwDriver extends DeviceDriver {
  readonly init: CcwDriverInit

  constructor(bus: BusType, name: string, init: CcwDriverInit) {
    super(bus, name, init.module && { module: init.module })
    this.init = init
  }

  /** `ccw_device_id_match()`. */
  matches({ senseId }: { readonly senseId: SenseId }): boolean {
    return this.init.ids.some(id =>
      (Object.keys(id) as (keyof SenseId)[]).every(key => id[key] === senseId[key]),
    )
  }

  /** Begins to use a device that is online now; throws the errno with which it refuses. */
  setOnline(_device: CcwDevice): void {}

  /** Ends to use a device. */
  *setOffline(_device: CcwDevice): Task {}

  override deviceGroups(): readonly EntryTable<never>[] {
    return this.init.groups ?? []
  }

  /** `ccw_device_remove()`: what is online goes offline first. */
  override *release(device: Device): Task {
    if (!(device instanceof CcwDevice) || !device.online) return
    yield* this.setOffline(device)
    device.online = false
  }
}

function devtype({ io: { senseId } }: CcwDevice): string {
  const { devType, devModel } = senseId
  return devType === 0 ? 'n/a\n' : `${hex(devType, 4)}/${hex(devModel, 2)}\n`
}

/**
 * `online_store()`: a beginning of `force` and a newline, or a hexadecimal number. EINVAL where there is no driver, where
 * the device is what it is to become (unless forced), and for other numbers.
 */
function* onlineStore(device: CcwDevice, buf: string): Task {
  const force = 'force\n'.startsWith(buf)
  const value = force ? 1n : kstrtoul(buf, 16)
  if (value > 1n) throw new Errno('EINVAL')
  const online = value === 1n
  if (!device.driver || (device.online === online && !force)) throw new Errno('EINVAL')
  if (device.online === online) return
  if (online) device.setOnline()
  else yield* device.setOffline()
}

/** `available_show()`: a device that its driver keeps though it lost its paths, or is gone, says so. */
function availability({ subchannel }: CcwDevice): string {
  if (!subchannel) return 'no device\n'
  return subchannel.vpm === 0 ? 'no path\n' : 'good\n'
}

const ccwTable = new EntryTable<CcwDevice>([
  attrRO('devtype', devtype),
  attrRO('cutype', ({ io: { senseId } }) => `${hex(senseId.cuType, 4)}/${hex(senseId.cuModel, 2)}\n`),
  attrRO('modalias', ({ io }) => `${printAlias(io.senseId)}\n`),
  attrRW('online', ({ online }) => (online ? '1\n' : '0\n'), onlineStore),
  attrRO('availability', availability),
  cmbEnable,
  cmfGroup,
])
