import { attrRO, attrRW, attrWO, EntryTable } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { hex } from '../../sysfs/lib/hex.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import { sysfsStreq } from '../../sysfs/lib/sysfs.ts'
import type { CcwDevice, CcwDeviceId, CcwDriverInit } from '../cio/device.ts'

/** What was set for a DASD: `struct dasd_devmap`, `struct dasd_device`. */
interface Settings {
  readonly [name: string]: number | string
}

/** Kept for devices that somebody set something of. */
const settings = new WeakMap<CcwDevice, Settings>()

function setting<T extends number | string>(device: CcwDevice, name: string, initial: T): T {
  return (settings.get(device)?.[name] as T | undefined) ?? initial
}

function set(device: CcwDevice, name: string, value: number | string): void {
  settings.set(device, { ...settings.get(device), [name]: value })
}

/** A number that is set once the device is online: ENODEV before (`dasd_device_from_cdev()`), EINVAL out of its range. */
function number(name: string, initial: number, least: number, most: number) {
  return attrRW<CcwDevice>(
    name,
    device => {
      if (!device.online) throw new Errno('ENODEV')
      return `${setting(device, name, initial)}\n`
    },
    (device, buf) => {
      if (!device.online) throw new Errno('ENODEV')
      const value = Number(kstrtoul(buf, 10))
      if (value < least || value > most) throw new Errno('EINVAL')
      set(device, name, value)
    },
  )
}

/** 0 or 1, which may be set while the device is offline; EINVAL for anything else. */
function flag(name: string, refuse?: (device: CcwDevice) => void) {
  return attrRW<CcwDevice>(
    name,
    device => `${setting(device, name, 0)}\n`,
    (device, buf) => {
      const value = kstrtoul(buf, 0)
      if (value > 1n) throw new Errno('EINVAL')
      refuse?.(device)
      set(device, name, Number(value))
    },
  )
}

const POLICIES = ['ignore', 'fail']

/** Those of drivers/s390/block/dasd_devmap.c that tools read, as an ECKD device without partners has them. */
function dasdTable(discipline: string): EntryTable<CcwDevice> {
  return new EntryTable<CcwDevice>([
    attrRO('discipline', ({ online }) => (online ? `${discipline}\n` : 'none\n')),
    attrRO('status', ({ online }) => (online ? 'online\n' : 'new\n')),
    attrRO('alias', () => '0\n'),
    attrRO('vendor', ({ online }) => (online && discipline === 'ECKD' ? 'IBM\n' : '\n')),
    attrRO('uid', device => `${uid(device, discipline)}\n`),
    flag('readonly'),
    flag('use_diag', ({ online }) => {
      if (online) throw new Errno('EPERM', 'the discipline is chosen when the device goes online')
    }),
    flag('erplog'),
    flag('failfast'),
    flag('raw_track_access', ({ online }) => {
      if (online) throw new Errno('EINVAL')
    }),
    attrRW(
      'reservation_policy',
      device => `${setting(device, 'reservation_policy', 'ignore')}\n`,
      (device, buf) => {
        const policy = POLICIES.find(name => sysfsStreq(buf, name))
        if (policy === undefined) throw new Errno('EINVAL')
        set(device, 'reservation_policy', policy)
      },
    ),
    attrRO('last_known_reservation_state', () => 'none\n'),
    number('expires', 30, 1, 40000000),
    number('retries', 256, 1, 255),
    number('timeout', 0, 0, 40000000),
    number('path_threshold', 256, 0, 2 ** 31 - 1),
    number('path_interval', 300, 1, 2 ** 31 - 1),
    attrWO('safe_offline', (device, buf) => safeOffline(device, buf)),
  ])
}

/** `vendor.serial.ssid.ua`: of an ECKD device that is online. */
function uid({ online, io }: CcwDevice, discipline: string): string {
  if (!online || discipline !== 'ECKD') return ''
  return `IBM.750000000DL241.${hex(io.devno & 0xff00, 4)}.${hex(io.devno & 0xff, 2)}`
}

/** `dasd_safe_offline_store()`: whatever is written; ENODEV for a device that is not online. */
function* safeOffline(device: CcwDevice, _buf: string) {
  if (!device.online) throw new Errno('ENODEV')
  yield* device.setOffline()
}

const ECKD: readonly CcwDeviceId[] = [
  { cuType: 0x3990, devType: 0x3390 },
  { cuType: 0x2105, devType: 0x3390 },
  { cuType: 0x3880, devType: 0x3380 },
  { cuType: 0x3990, devType: 0x3380 },
  { cuType: 0x2105, devType: 0x3380 },
  { cuType: 0x9343, devType: 0x9345 },
  { cuType: 0x2107, devType: 0x3390 },
  { cuType: 0x2107, devType: 0x3380 },
  { cuType: 0x1750, devType: 0x3390 },
  { cuType: 0x1750, devType: 0x3380 },
]

const FBA: readonly CcwDeviceId[] = [
  { cuType: 0x6310, devType: 0x9336 },
  { cuType: 0x3880, devType: 0x3370 },
]

/** dasd-eckd and dasd-fba (drivers/s390/block/). */
export const DASD_DRIVERS: { readonly [name: string]: CcwDriverInit } = {
  'dasd-eckd': { ids: ECKD, keepsDevices: true, groups: [dasdTable('ECKD')] },
  'dasd-fba': { ids: FBA, keepsDevices: true, groups: [dasdTable('FBA')] },
}
