import { deviceAttach, deviceReleaseDriver } from '../../sysfs/base/dd.ts'
import { Device } from '../../sysfs/base/device.ts'
import { attrRO, attrRW, attrWO, EntryTable } from '../../sysfs/kernfs/table.ts'
import { start, type Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import type { Blacklist } from './blacklist.ts'
import type { CcwBus, CssBus } from './bus.ts'
import { ChannelPath } from './chp.ts'
import { CcwDevice, CcwDriver } from './device.ts'
import { IoSubchannelDriver } from './driver.ts'
import {
  type ChannelPathInit,
  type IoDevice,
  SET_SIZE,
  type SubchannelId,
  verifiedPaths,
} from './hardware.ts'
import { UnseenNames } from './names.ts'
import { Inode, type RangeInit, SubchannelRange } from './range.ts'
import { Subchannel } from './subchannel.ts'

export interface ChannelSubsystemInit {
  readonly cssid: number
  /** SCLP can configure channel paths. */
  readonly sclp: boolean
  /** The channel subsystem measures its channels (`css_chsc_characteristics.secm`): `cm_enable` is there. */
  readonly secm: boolean
  /** What the machine calls it, if it says so. */
  readonly realCssid?: number
}

/** Where subchannels and devices are to be found, and which of them to ignore. */
export interface CioBuses {
  readonly css: CssBus
  readonly ccw: CcwBus
  readonly blacklist: Blacklist
}

function keyOf({ ssid, number }: SubchannelId): number {
  return ssid * SET_SIZE + number
}

/**
 * /sys/devices/css0: `struct channel_subsystem` (drivers/s390/cio/css.c). What boot found is kept as ranges; a subchannel
 * becomes an object when somebody looks at it, or when something happens to it.
 */
export class ChannelSubsystem extends Device {
  readonly init: ChannelSubsystemInit
  readonly cssid: number
  readonly buses: CioBuses
  readonly ranges: SubchannelRange[] = []
  /** Channel measurement is on: `cm_enable`. */
  measuring = false
  /** Milliseconds since boot when SCLP was last asked about the paths. */
  sclpAsked: number | undefined
  readonly #defunct: Device
  readonly #paths = new Map<number, ChannelPath>()
  /** Those that somebody looked at, or that came later; those that went as well. */
  readonly #subchannels = new Map<number, Subchannel>()
  readonly #ccw = new Map<Subchannel, CcwDevice>()
  /** What boot left out since it is ignored. */
  #ignored: RangeInit[] = []
  /** Subchannels of {@link ranges} that are no objects yet. */
  unseen = 0
  readonly #driversShown = new Set<object>()

  constructor(buses: CioBuses, init: ChannelSubsystemInit) {
    super(buses.css.kernel, `css${init.cssid.toString(16)}`, {})
    this.init = init
    this.cssid = init.cssid
    this.buses = buses
    this.register()
    this.#defunct = new Device(this.kernel, 'defunct', { parent: this }).register()
    new UnseenNames(this, this, { devices: false, inode: Inode.subchannel, ranges: () => true })
    new UnseenNames(this, buses.css.devices, {
      devices: false,
      inode: Inode.cssLink,
      ranges: () => true,
    })
    new UnseenNames(this, buses.ccw.devices, {
      devices: true,
      inode: Inode.ccwLink,
      ranges: range => range.found,
    })
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [cssTable]
  }

  chp(id: number): ChannelPath | undefined {
    return this.#paths.get(id)
  }

  paths(): Iterable<ChannelPath> {
    return this.#paths.values()
  }

  addPath(init: ChannelPathInit): void {
    this.#paths.set(init.id, new ChannelPath(this, init).register())
  }

  /** What boot found, ignored devices left out: nothing is built. */
  addRange(init: RangeInit): void {
    const { blacklist } = this.buses
    for (let done = 0; done < init.count; ) {
      const { ignored, length } = init.io
        ? blacklist.run(init.ssid, init.io.devno + done)
        : { ignored: false, length: init.count }
      const part = slice(init, done, Math.min(init.count, done + length))
      done += part.count
      if (ignored) this.#ignored.push(part)
      else this.#placeRange(part)
    }
  }

  #placeRange(init: RangeInit): void {
    const { css, ccw } = this.buses
    const found = init.io !== undefined && this.verified(init.io) !== 0
    const device = { found, driver: init.io && found ? ccw.driverFor(init.io) : undefined }
    const driver = css.driverFor(init.subchannelType)
    const range = new SubchannelRange(init, driver, device, count => this.superblock.inodes(count))
    this.ranges.push(range)
    this.unseen += init.count
    this.#showIn(driver, { devices: false, inode: Inode.cssDriverLink })
    this.#showIn(device.driver, { devices: true, inode: Inode.ccwDriverLink })
  }

  #showIn(
    driver: SubchannelRange['driver' | 'ccwDriver'],
    shown: { readonly devices: boolean; readonly inode: number },
  ): void {
    if (!driver || this.#driversShown.has(driver)) return
    this.#driversShown.add(driver)
    const ranges = (range: SubchannelRange) => (shown.devices ? range.ccwDriver : range.driver) === driver
    new UnseenNames(this, driver, { ...shown, ranges })
  }

  /** Whether that subchannel is as boot found it, and no object yet. */
  isUnseen(range: SubchannelRange, index: number): boolean {
    return !this.#subchannels.has(keyOf(range.id(index)))
  }

  /** Makes the objects of a subchannel that boot found. */
  see(range: SubchannelRange, index: number): Subchannel {
    const { subchannelType, online } = range.init
    const io = range.io(index)
    const id = range.id(index)
    const subchannel = new Subchannel(this, id, subchannelType, io, range.inode(index, Inode.subchannel))
    subchannel.ueventSuppress = false
    this.#subchannels.set(keyOf(id), subchannel)
    this.unseen--
    subchannel.restore(range.driver, range.inode(index, Inode.cssLink))
    if (!io || !range.found) return subchannel
    const device = new CcwDevice(subchannel, io, range.inode(index, Inode.device))
    device.online = online ?? false
    this.#ccw.set(subchannel, device)
    device.restore(range.ccwDriver, range.inode(index, Inode.ccwLink))
    return subchannel
  }

  /** The subchannel of that number, if there is one. */
  subchannel(id: SubchannelId): Subchannel | undefined {
    const known = this.#subchannels.get(keyOf(id))
    if (known) return known.registered ? known : undefined
    for (const range of this.ranges) {
      const index = range.indexOf(id)
      if (index !== undefined) return this.see(range, index)
    }
    return undefined
  }

  /** The device behind a subchannel, while there is one. */
  ccwDevice(subchannel: Subchannel): CcwDevice | undefined {
    return this.#ccw.get(subchannel)
  }

  /** Paths of a device by which I/O goes. */
  verified(io: IoDevice): number {
    return verifiedPaths(io, id => this.#paths.get(id)?.usable ?? false)
  }

  /** `css_alloc_subchannel()` and `css_register_subchannel()`: the machine says that there is one. */
  addSubchannel(id: SubchannelId, subchannelType: number, io?: IoDevice): Subchannel {
    const subchannel = new Subchannel(this, id, subchannelType, io)
    this.#subchannels.set(keyOf(id), subchannel)
    subchannel.register()
    // no driver wanted it
    subchannel.announce()
    return subchannel
  }

  /** The device of a subchannel is not operational any more, as when a hypervisor takes it away. */
  unplug(id: SubchannelId): void {
    const subchannel = this.subchannel(id)
    if (!subchannel) return
    subchannel.operational = false
    this.#evaluate(subchannel)
  }

  /**
   * The device behind a subchannel appears, where a path leads to it (`io_subchannel_recog_done()`): a new one, or the
   * one that waits in defunct/ for it.
   */
  recognize(subchannel: Subchannel): void {
    const { io } = subchannel
    if (!io || this.#ccw.has(subchannel) || subchannel.vpm === 0) return
    const device = new CcwDevice(subchannel, io)
    const orphan = this.#defunct.child(device.name)
    if (orphan instanceof CcwDevice) {
      orphan.attachTo(subchannel)
      this.#ccw.set(subchannel, orphan)
      return
    }
    this.#ccw.set(subchannel, device)
    device.register()
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
    if (!this.init.sclp || path.configured === configured) return
    path.configured = configured
    this.#pathChanged(path)
  }

  /** `css_schedule_eval_cond()` for all: also those that are not registered, and are not ignored any more. */
  rescan(): void {
    this.evaluateUnregistered()
    for (const subchannel of this.#inOrder()) this.#evaluate(subchannel)
  }

  /** `css_schedule_eval_all_unreg()`. */
  evaluateUnregistered(): void {
    const ignored = this.#ignored
    this.#ignored = []
    for (const init of ignored) {
      for (let done = 0; done < init.count; ) {
        const run = this.buses.blacklist.run(init.ssid, init.io!.devno + done)
        const part = slice(init, done, Math.min(init.count, done + run.length))
        done += part.count
        if (run.ignored) this.#ignored.push(part)
        else this.#findAll(part)
      }
    }
    for (const subchannel of this.#inOrder()) if (!subchannel.registered) this.#evaluate(subchannel)
  }

  #findAll({ ssid, first, count, subchannelType, io }: RangeInit): void {
    for (let i = 0; i < count; i++)
      this.addSubchannel({ ssid, number: first + i }, subchannelType, io && { ...io, devno: io.devno + i })
  }

  /** `purge_fn()`: ignored devices that are offline go, with their subchannels. */
  purge(): void {
    const { blacklist } = this.buses
    for (const range of this.ranges) {
      const { io, ssid, count, online } = range.init
      if (!io || online) continue
      this.#seeAll(range, index => index < count && blacklist.has(ssid, io.devno + index))
    }
    for (const subchannel of this.#inOrder()) {
      const device = this.#ccw.get(subchannel)
      if (!device || device.online || !blacklist.has(subchannel.id.ssid, device.io.devno)) continue
      start(subchannel.unregister())
    }
  }

  #seeAll(range: SubchannelRange, which: (index: number) => boolean = () => true): void {
    for (let i = 0; i < range.init.count; i++) if (which(i) && this.isUnseen(range, i)) this.see(range, i)
  }

  /** Objects in the order of their numbers, in which the kernel goes through them. */
  #inOrder(): Subchannel[] {
    return [...this.#subchannels].sort(([a], [b]) => a - b).map(([, subchannel]) => subchannel)
  }

  /** `chsc_chp_online()`, `chsc_chp_offline()`: every subchannel with that path is looked at. */
  #pathChanged({ init: { id } }: ChannelPath): void {
    // those of which no device comes or goes stay as they are: what they show follows from the path
    for (const range of this.ranges) {
      const { io } = range.init
      if (io?.chpids.includes(id) && range.found !== (this.verified(io) !== 0)) this.#seeAll(range)
    }
    for (const subchannel of this.#inOrder())
      if (subchannel.io?.chpids.includes(id)) this.#evaluate(subchannel)
  }

  /** `css_evaluate_subchannel()`, and for I/O subchannels `io_subchannel_sch_event()` with `sch_get_action()`. */
  #evaluate(subchannel: Subchannel): void {
    const { id, io, subchannelType, operational } = subchannel
    if (!subchannel.registered) {
      const ignored = io && this.buses.blacklist.has(id.ssid, io.devno)
      if (!operational || ignored || (io && subchannel.vpm === 0)) return
      this.addSubchannel(id, subchannelType, io)
      return
    }
    const device = this.#ccw.get(subchannel)
    if (!operational) {
      if (device && this.#keeps(device)) {
        this.#ccw.delete(subchannel)
        device.orphan(this.#defunct)
      }
      start(subchannel.unregister())
      return
    }
    if (!(subchannel.driver instanceof IoSubchannelDriver)) return
    if (!device) this.recognize(subchannel)
    else if (subchannel.vpm === 0 && !this.#keeps(device)) this.#lose(subchannel)
  }

  /** Whether the driver of a device wants it to stay while it can not be reached (`ccw_device_notify()`). */
  #keeps({ online, driver }: CcwDevice): boolean {
    return online && driver instanceof CcwDriver && driver.init.keepsDevices === true
  }

  #lose(subchannel: Subchannel): void {
    if (this.kernel.release.cssGoesWithoutPath) start(subchannel.unregister())
    else start(this.forget(subchannel))
  }
}

/** A part of a range. */
function slice(init: RangeInit, from: number, to: number): RangeInit {
  const { first, io } = init
  return {
    ...init,
    first: first + from,
    count: to - from,
    ...(io && { io: { ...io, devno: io.devno + from } }),
  }
}

function realCssid({ init: { realCssid: id } }: ChannelSubsystem): string {
  if (id === undefined) throw new Errno('EINVAL')
  return `${id.toString(16)}\n`
}

/** `cm_enable_store()`: a hexadecimal number, 0 or 1; EINVAL for any other. */
function cmEnableStore(css: ChannelSubsystem, buf: string): void {
  const value = kstrtoul(buf, 16)
  if (value > 1n) throw new Errno('EINVAL')
  css.measuring = value === 1n
  for (const path of css.paths()) path.revalidate()
}

/** The one pool of DMA memory, for adapter interrupts (mm/dmapool.c `pools_show()`). */
const POOLS = 'poolinfo - 0.1\nairq_iv_cache       1   16  256  1\n'

const cssTable = new EntryTable<ChannelSubsystem>([
  attrRO('pools', () => POOLS),
  attrRO('real_cssid', realCssid),
  attrWO('rescan', css => css.rescan(), { present: css => css.kernel.release.cssRescan }),
  attrRW('cm_enable', css => (css.measuring ? '1\n' : '0\n'), cmEnableStore, {
    present: css => css.init.secm,
  }),
])
