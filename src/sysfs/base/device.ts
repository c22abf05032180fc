import { Directory } from '../kernfs/directory.ts'
import { Symlink } from '../kernfs/symlink.ts'
import { attrRO, attrRW, EntryTable, link } from '../kernfs/table.ts'
import type { Task } from '../lib/completion.ts'
import type { BusType } from './bus.ts'
import type { Class } from './class.ts'
import { busProbeDevice, deviceReleaseDriver } from './dd.ts'
import type { Devnode } from './devtmpfs.ts'
import type { DeviceDriver } from './driver.ts'
import type { Kernel } from './kernel.ts'
import { Kobject } from './kobject.ts'
import { NO_RUNTIME_PM, powerGroup, type RuntimePm } from './power.ts'

/** `dev_t`. */
export interface DeviceNumber {
  readonly major: number
  readonly minor: number
}

export interface DeviceInit {
  /** `dev->parent`: a device, or the directory below which the device is put (a root device). */
  readonly parent?: Directory
  readonly bus?: BusType
  readonly class?: Class
  /** DEVTYPE. */
  readonly devtype?: string
  readonly devt?: DeviceNumber
  /** The file in /dev; needs a device number. */
  readonly devnode?: Devnode
  /** The inode number of its directory, where one was set aside for it. */
  readonly ino?: number
}

/** `struct device` with its directory in /sys/devices (drivers/base/core.c). */
export class Device extends Kobject {
  readonly bus: BusType | undefined
  readonly class: Class | undefined
  readonly devtype: string | undefined
  readonly devt: DeviceNumber | undefined
  readonly devnode: Devnode | undefined
  /** `dev->parent`, where it is a device. */
  parentDevice: Device | undefined
  /** `device_is_registered()`: between `device_add()` and `device_del()`. */
  registered = false
  /** The driver that holds it, or is about to. */
  driver: DeviceDriver | undefined
  /** Whether the `driver` link stands: it goes before the driver lets go. */
  driverLinked = false
  /** `dev->iommu_group`. */
  iommuGroup: Directory | undefined
  /** The IOMMU that translates for it. */
  iommu: Directory | undefined
  pm: RuntimePm = NO_RUNTIME_PM
  readonly #glue: Directory | undefined

  constructor(kernel: Kernel, name: string, init: DeviceInit) {
    const { directory, glue } = placeOf(kernel, init)
    super(name, directory, kernel, 0o755, init.ino)
    this.bus = init.bus
    this.class = init.class
    this.devtype = init.devtype
    this.devt = init.devt
    this.devnode = init.devnode
    this.parentDevice = init.parent instanceof Device ? init.parent : undefined
    this.#glue = glue
  }

  /** The attribute groups of this kind of device; static tables. */
  protected groups(): readonly EntryTable<never>[] {
    return []
  }

  /** Keys of the bus, class or type: PCI_ID, MODALIAS and so on. */
  protected ownUeventKeys(): string[] {
    return []
  }

  override get ueventSubsystem(): string | undefined {
    return this.bus?.name ?? this.class?.name
  }

  /** `dev_uevent()`. */
  override ueventKeys(): string[] {
    const keys: string[] = []
    if (this.devt) {
      keys.push(`MAJOR=${this.devt.major}`, `MINOR=${this.devt.minor}`)
      if (this.devnode) {
        keys.push(`DEVNAME=${this.devnode.path}`)
        if (this.devnode.tellMode) keys.push(`DEVMODE=0${this.devnode.mode.toString(8)}`)
      }
    }
    if (this.devtype !== undefined) keys.push(`DEVTYPE=${this.devtype}`)
    if (this.driver) keys.push(`DRIVER=${this.driver.name}`)
    keys.push(...this.ownUeventKeys())
    return keys
  }

  /** `dev_driver_string()`: the driver, else the bus, else the class. */
  get driverString(): string {
    return this.driver?.name ?? this.bus?.name ?? this.class?.name ?? ''
  }

  /** `device_add_attrs()`: the groups that every device has, and those of its kind. */
  protected attachGroups(): void {
    this.attach(deviceTable, this)
    for (const table of this.groups()) this.attach(table, this as never)
  }

  /**
   * `device_register()`: the directory with all its groups appears whole, then links and nodes, then the event, and then
   * drivers are tried. EEXIST where the name is taken.
   */
  register(): this {
    const { kernel, devt } = this
    this.attachGroups()
    if (this.#glue && this.#glue.parent?.lookup(this.#glue.name) !== this.#glue)
      this.#glue.parent!.add(this.#glue)
    this.parent!.add(this)
    this.registered = true
    this.class?.link(this)
    this.bus?.link(this)
    if (devt) {
      kernel.charDevices.symlink(`${devt.major}:${devt.minor}`, this)
      if (this.devnode) kernel.devtmpfs.createNode(this.devnode)
    }
    this.uevent('add')
    if (this.bus) busProbeDevice(this)
    return this
  }

  /**
   * Makes it what boot made of it long ago, registered and bound to that driver: one of a set that is too large to be
   * built, now that somebody looks. The names were there before, so nobody is told.
   *
   * @param links the inode numbers of its link in the bus, and after it of that in the driver
   */
  restore(driver: DeviceDriver | undefined, links: number): void {
    this.attachGroups()
    this.registered = true
    this.parent!.adopt(this)
    const { devices } = this.bus!
    devices.adopt(new Symlink(this.name, links, devices, this))
    if (!driver) return
    this.driver = driver
    this.driverLinked = true
    driver.adopt(new Symlink(this.name, links + 1, driver, this))
    for (const table of driver.deviceGroups(this)) this.attach(table, this as never)
  }

  /** `device_move()`: the same directory below another device, and the event that tells where it was. */
  moveBelow(parent: Device): void {
    const old = this.devpath
    this.parent!.moveTo(this, parent)
    this.parentDevice = parent
    this.uevent('move', [`DEVPATH_OLD=${old}`])
  }

  /**
   * `device_unregister()`: nodes, links and attributes go first, then the driver lets go, which may have to wait for users;
   * then the event, and the directory.
   */
  *unregister(): Task {
    const { kernel, devt } = this
    this.registered = false
    if (devt) {
      if (this.devnode) kernel.devtmpfs.deleteNode(this.devnode)
      kernel.charDevices.remove(`${devt.major}:${devt.minor}`)
    }
    this.class?.unlink(this)
    for (const table of this.groups()) this.detach(table)
    this.revalidate()
    this.bus?.unlink(this)
    yield* deviceReleaseDriver(this)
    this.uevent('remove')
    this.parent!.remove(this.name)
    if (this.#glue?.empty) this.#glue.parent!.remove(this.#glue.name)
  }
}

/**
 * `get_device_parent()`: a class device without parent stands in /sys/devices/virtual/CLASS; one whose parent has no
 * class in a directory of the class's name below the parent.
 */
function placeOf(
  kernel: Kernel,
  { parent, class: cls }: DeviceInit,
): { directory: Directory; glue?: Directory } {
  if (!cls) return { directory: parent ?? kernel.devices }
  if (parent instanceof Device && parent.class) return { directory: parent }
  const above = parent ?? kernel.virtual
  const known = above.lookup(cls.name)
  const glue = known instanceof Directory ? known : new Directory(cls.name, above, kernel.superblock)
  return { directory: glue, glue }
}

/** What every device shows (drivers/base/core.c `device_add()`). */
const deviceTable = new EntryTable<Device>([
  attrRW(
    'uevent',
    device =>
      device.ueventSubsystem === undefined
        ? ''
        : device
            .ueventKeys()
            .map(key => `${key}\n`)
            .join(''),
    (device, buf) => device.synthesizeUevent(buf),
    { present: device => device.registered },
  ),
  attrRO('dev', ({ devt }) => `${devt!.major}:${devt!.minor}\n`, {
    present: device => device.devt !== undefined && device.registered,
  }),
  link('subsystem', device => (device.registered ? (device.bus ?? device.class) : undefined)),
  link('driver', device => (device.driverLinked ? device.driver : undefined)),
  link('device', device => (device.class && device.registered ? device.parentDevice : undefined)),
  link('iommu_group', device => device.iommuGroup),
  link('iommu', device => device.iommu),
  powerGroup,
])
