import { Device } from '../../sysfs/base/device.ts'
import { attrRO, attrRW, EntryTable } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import { cmbEnable, cmfGroup } from './cmf.ts'
import { busId, hex, type IoDevice, printAlias } from './hardware.ts'
import type { Subchannel } from './subchannel.ts'

/** A device behind a subchannel that io_subchannel has: `struct ccw_device` (drivers/s390/cio/device.c). */
export class CcwDevice extends Device {
  readonly subchannel: Subchannel
  readonly io: IoDevice
  online = false
  /** Channel measurement is on. */
  cmbEnabled = false

  constructor(subchannel: Subchannel, io: IoDevice) {
    super(subchannel.kernel, busId(subchannel.id.ssid, io.devno), {
      parent: subchannel,
      bus: subchannel.css.ccwBus,
    })
    this.subchannel = subchannel
    this.io = io
  }

  /** `ccw_device_set_online()`: where a driver has it. */
  setOnline(): void {
    if (this.driver) this.online = true
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

function devtype({ io: { senseId } }: CcwDevice): string {
  const { devType, devModel } = senseId
  return devType === 0 ? 'n/a\n' : `${hex(devType, 4)}/${hex(devModel, 2)}\n`
}

/**
 * `online_store()`: a beginning of `force` and a newline, or a hexadecimal number. EINVAL where there is no driver, where
 * the device is what it is to become (unless forced), and for other numbers.
 */
function onlineStore(device: CcwDevice, buf: string): void {
  const force = 'force\n'.startsWith(buf)
  const value = force ? 1n : kstrtoul(buf, 16)
  if (value > 1n) throw new Errno('EINVAL')
  const online = value === 1n
  if (!device.driver || (device.online === online && !force)) throw new Errno('EINVAL')
  device.online = online
}

/** `available_show()`: a device that lost its paths while its driver wants to keep it says so. */
function availability({ subchannel }: CcwDevice): string {
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
