import { Device } from '../../sysfs/base/device.ts'
import { driverOverride } from '../../sysfs/base/driver-override.ts'
import { attrRO, EntryTable } from '../../sysfs/kernfs/table.ts'
import { hex } from '../../sysfs/lib/hex.ts'
import type { Action } from '../../sysfs/lib/kobject-uevent.ts'
import type { ChannelSubsystem } from './css.ts'
import { busId, type IoDevice, PATHS, SUBCHANNEL_TYPE_IO, type SubchannelId } from './hardware.ts'

/** `struct subchannel` (drivers/s390/cio/css.c). */
export class Subchannel extends Device {
  readonly css: ChannelSubsystem
  readonly id: SubchannelId
  readonly subchannelType: number
  /** What is behind an I/O subchannel; nothing behind the others. */
  readonly io: IoDevice | undefined
  driverOverride: string | undefined
  /** `dev_get_uevent_suppress()`. */
  ueventSuppress: boolean
  /** The machine has a device there (`pmcw.dnv`). */
  operational = true

  /** @param ino the inode number of its directory, where one was set aside for it */
  constructor(css: ChannelSubsystem, id: SubchannelId, subchannelType: number, io?: IoDevice, ino?: number) {
    super(css.kernel, busId(id.ssid, id.number, css.cssid), {
      parent: css,
      bus: css.buses.css,
      ...(ino !== undefined && { ino }),
    })
    this.css = css
    this.id = id
    this.subchannelType = subchannelType
    this.io = io
    this.ueventSuppress = css.kernel.release.cssAddInProbe
  }

  override uevent(action: Action, extra?: readonly string[]): void {
    if (!this.ueventSuppress) super.uevent(action, extra)
  }

  /** The event that it is there, where it waited for a driver. */
  announce(): void {
    if (!this.ueventSuppress) return
    this.ueventSuppress = false
    this.uevent('add')
  }

  /** Path installed and path available mask: one bit for each path. */
  get pim(): number {
    return (0xff00 >> (this.io?.chpids.length ?? 0)) & 0xff
  }

  /** Verified paths, by which I/O goes (`vpm`). */
  get vpm(): number {
    return this.io ? this.css.verified(this.io) : 0
  }

  protected override groups(): readonly EntryTable<never>[] {
    return this.subchannelType === SUBCHANNEL_TYPE_IO ? [subchannelTable, ioTable] : [subchannelTable]
  }

  /** `css_uevent()`. */
  protected override ownUeventKeys(): string[] {
    return [`ST=${this.subchannelType.toString(16)}`, `MODALIAS=css:t${this.subchannelType.toString(16)}`]
  }
}

const subchannelTable = new EntryTable<Subchannel>([
  attrRO('type', ({ subchannelType }) => `${subchannelType.toString(16)}\n`),
  attrRO('modalias', ({ subchannelType }) => `css:t${subchannelType.toString(16)}\n`),
  driverOverride(),
])

function printChpids({ io }: Subchannel): string {
  const bytes = Array.from({ length: PATHS }, (_, i) => `${hex(io?.chpids[i] ?? 0, 2)} `)
  return `${bytes.join('')}\n`
}

const ioTable = new EntryTable<Subchannel>([
  attrRO('chpids', printChpids),
  attrRO('pimpampom', sch => `${hex(sch.pim, 2)} ${hex(sch.pim, 2)} ${hex(sch.io?.pom ?? 0, 2)}\n`),
  attrRO('dev_busid', ({ css, id, io }) => (io ? `${busId(id.ssid, io.devno, css.cssid)}\n` : 'none\n')),
])
