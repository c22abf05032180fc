import { BusType } from '../../sysfs/base/bus.ts'
import { deviceAttach, deviceReleaseDriver } from '../../sysfs/base/dd.ts'
import { Device } from '../../sysfs/base/device.ts'
import type { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Kernel } from '../../sysfs/base/kernel.ts'
import { attrRO, attrWO, EntryTable } from '../../sysfs/kernfs/table.ts'
import { start, type Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { ChannelPath } from './chp.ts'
import { CcwDevice } from './device.ts'
import { CcwDriver, CssDriver, IoSubchannelDriver } from './driver.ts'
import type { ChannelPathInit, IoDevice, SubchannelId } from './hardware.ts'
import { Subchannel } from './subchannel.ts'

/** /sys/bus/css: a driver takes subchannels of its type, unless driver_override names another (`css_bus_match()`). */
export class CssBus extends BusType {
  constructor(kernel: Kernel) {
    super(kernel, 'css')
  }

  override match(device: Device, driver: DeviceDriver): boolean {
    if (!(device instanceof Subchannel) || !(driver instanceof CssDriver)) return false
    if (device.driverOverride !== undefined && device.driverOverride !== driver.name) return false
    return device.subchannelType === driver.subchannelType
  }
}

/** /sys/bus/ccw. */
export class CcwBus extends BusType {
  constructor(kernel: Kernel) {
    super(kernel, 'ccw')
  }

  override match(device: Device, driver: DeviceDriver): boolean {
    return device instanceof CcwDevice && driver instanceof CcwDriver && driver.matches(device.io)
  }
}

export interface ChannelSubsystemInit {
  readonly cssid: number
  /** SCLP can configure channel paths. */
  readonly sclp: boolean
  /** What the machine calls it, if it says so. */
  readonly realCssid?: number
}

/** /sys/devices/css0: `struct channel_subsystem` (drivers/s390/cio/css.c). */
export class ChannelSubsystem extends Device {
  readonly cssid: number
  readonly sclp: boolean
  readonly realCssid: number | undefined
  readonly cssBus: CssBus
  readonly ccwBus: CcwBus
  readonly #paths = new Map<number, ChannelPath>()
  readonly #subchannels = new Set<Subchannel>()
  readonly #ccw = new Map<Subchannel, CcwDevice>()

  constructor(cssBus: CssBus, ccwBus: CcwBus, { cssid, sclp, realCssid }: ChannelSubsystemInit) {
    super(cssBus.kernel, `css${cssid.toString(16)}`, {})
    this.cssid = cssid
    this.sclp = sclp
    this.realCssid = realCssid
    this.cssBus = cssBus
    this.ccwBus = ccwBus
    this.register()
    new Device(this.kernel, 'defunct', { parent: this }).register()
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [cssTable]
  }

  chp(id: number): ChannelPath | undefined {
    return this.#paths.get(id)
  }

  addPath(init: ChannelPathInit): void {
    this.#paths.set(init.id, new ChannelPath(this, init).register())
  }

  addSubchannel(id: SubchannelId, subchannelType: number, io?: IoDevice): Subchannel {
    const subchannel = new Subchannel(this, id, subchannelType, io)
    this.#subchannels.add(subchannel)
    subchannel.register()
    // no driver wanted it
    subchannel.announce()
    return subchannel
  }

  /** The device behind a subchannel appears, where a path leads to it (`io_subchannel_recog_done()`). */
  recognize(subchannel: Subchannel): void {
    const { io } = subchannel
    if (!io || this.#ccw.has(subchannel) || subchannel.vpm === 0) return
    const device = new CcwDevice(subchannel, io)
    this.#ccw.set(subchannel, device)
    device.register()
  }

  /** The device behind a subchannel, while io_subchannel has it and a path leads there. */
  ccwDevice(subchannel: Subchannel): CcwDevice | undefined {
    return this.#ccw.get(subchannel)
  }

  /** Takes the subchannel from the driver that has it for the one that driver_override then names. */
  giveTo(subchannel: Subchannel, driver: string): void {
    start(deviceReleaseDriver(subchannel))
    subchannel.driverOverride = driver
    deviceAttach(subchannel)
  }

  *forget(subchannel: Subchannel): Task {
    const device = this.#ccw.get(subchannel)
    if (!device) return
    this.#ccw.delete(subchannel)
    yield* device.unregister()
  }

  /** `chsc_chp_vary()`. */
  vary(path: ChannelPath, online: boolean): void {
    if (path.online === online) return
    path.online = online
    this.#pathChanged(path)
  }

  /** SCLP configures or deconfigures the path; without SCLP nothing happens. */
  configure(path: ChannelPath, configured: number): void {
    if (!this.sclp || path.configured === configured) return
    path.configured = configured
    this.#pathChanged(path)
  }

  /** `io_subchannel_sch_event()` for every subchannel with that path. */
  #pathChanged({ init: { id } }: ChannelPath): void {
    for (const subchannel of [...this.#subchannels]) {
      if (!subchannel.io?.chpids.includes(id)) continue
      if (!subchannel.registered) this.#return(subchannel)
      else if (!(subchannel.driver instanceof IoSubchannelDriver)) continue
      else if (subchannel.vpm !== 0) this.recognize(subchannel)
      else if (!this.#keeps(subchannel)) this.#lose(subchannel)
    }
  }

  /** Whether the driver of the device behind it wants to wait for a path (`ccw_device_notify()`). */
  #keeps(subchannel: Subchannel): boolean {
    const device = this.#ccw.get(subchannel)
    if (!device?.online) return false
    return device.driver instanceof CcwDriver && device.driver.init.keepsWithoutPath === true
  }

  #lose(subchannel: Subchannel): void {
    if (this.kernel.release.cssGoesWithoutPath) start(subchannel.unregister())
    else start(this.forget(subchannel))
  }

  /** A subchannel that went with its device is found again. */
  #return(gone: Subchannel): void {
    if (gone.vpm === 0) return
    this.#subchannels.delete(gone)
    this.addSubchannel(gone.id, gone.subchannelType, gone.io)
  }
}

function realCssid({ realCssid: id }: ChannelSubsystem): string {
  if (id === undefined) throw new Errno('EINVAL')
  return `${id.toString(16)}\n`
}

/** The one pool of DMA memory, for adapter interrupts (mm/dmapool.c `pools_show()`). */
const POOLS = 'poolinfo - 0.1\nairq_iv_cache       1   16  256  1\n'

const cssTable = new EntryTable<ChannelSubsystem>([
  attrRO('pools', () => POOLS),
  attrRO('real_cssid', realCssid),
  attrWO('rescan', () => {}, { present: css => css.kernel.release.cssRescan }),
])
