import { Class } from '../sysfs/base/class.ts'
import { Device } from '../sysfs/base/device.ts'
import type { Kernel } from '../sysfs/base/kernel.ts'
import { Kobject } from '../sysfs/base/kobject.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { Symlink } from '../sysfs/kernfs/symlink.ts'
import { attrRO, attrRW, type Caller, EntryTable } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { Ida } from '../sysfs/lib/ida.ts'
import { sysfsStreq } from '../sysfs/lib/sysfs.ts'

/** A range that no device of the group may use for DMA (`struct iommu_resv_region`). */
export interface ReservedRegion {
  readonly start: bigint
  readonly end: bigint
  readonly type: 'direct' | 'direct-relaxable' | 'reserved' | 'msi'
}

/** What `type` reads. */
export type Domain = 'unknown' | 'DMA' | 'DMA-FQ' | 'identity' | 'blocked'

export interface GroupInit {
  /** Shown as `name`: vfio-noiommu for devices without an IOMMU. */
  readonly name?: string
  /** `type`: what the default domain is; unknown where the group has none. */
  readonly domain?: Domain
  readonly reserved?: readonly ReservedRegion[]
}

/** /sys/kernel/iommu_groups (drivers/iommu/iommu.c). A group's number is the lowest that is free. */
export class IommuGroups {
  readonly #kernel: Kernel
  readonly #directory: Directory
  readonly #numbers = new Ida()
  /** The IOMMU with which devices are linked; without one they have groups only. */
  unit: IommuUnit | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#directory = kernel.kernel.mkdir('iommu_groups')
  }

  /** `iommu_group_alloc()`. */
  allocate(init: GroupInit = {}): IommuGroup {
    return this.#create(this.#numbers.allocate(), init)
  }

  /** The group of that number: firmware tables decide which devices share one. */
  obtain(number: number, init: GroupInit): IommuGroup {
    const known = this.#directory.lookup(String(number))
    if (known) return known as IommuGroup
    this.#numbers.claim(number)
    return this.#create(number, init)
  }

  #create(number: number, init: GroupInit): IommuGroup {
    // devices that no IOMMU translates for have no default domain
    const unit = init.domain === undefined ? undefined : this.unit
    const group = new IommuGroup(this.#kernel, this.#directory, number, init, unit)
    this.#directory.add(group)
    return group
  }

  /** `iommu_group_remove_device()`: the group goes with its last device. */
  leave(device: Device): void {
    const group = device.iommuGroup
    if (!(group instanceof IommuGroup)) return
    group.removeDevice(device)
    if (!group.devices.empty) return
    this.#directory.remove(group.name)
    this.#numbers.free(group.number)
  }
}

/** An IOMMU: /sys/class/iommu/dmar0 with links to the devices that it translates for (drivers/iommu/iommu-sysfs.c). */
export class IommuUnit {
  readonly #device: Device
  readonly #devices: Directory

  constructor(kernel: Kernel, name: string) {
    this.#device = new Device(kernel, name, { class: new Class(kernel, 'iommu') })
    this.#devices = this.#device.mkdir('devices')
    this.#device.register()
  }

  /** `iommu_device_link()`. */
  link(device: Device): void {
    this.#devices.symlink(device.name, device)
    device.iommu = this.#device
  }

  /** `iommu_device_unlink()`. */
  unlink(device: Device): void {
    this.#devices.remove(device.name)
    device.iommu = undefined
  }
}

export class IommuGroup extends Kobject {
  readonly number: number
  readonly label: string | undefined
  readonly reserved: readonly ReservedRegion[]
  /** The default domain's type; unknown where there is none. */
  domain: Domain
  readonly devices: Directory
  readonly #unit: IommuUnit | undefined

  constructor(kernel: Kernel, parent: Directory, number: number, init: GroupInit, unit?: IommuUnit) {
    super(String(number), parent, kernel)
    this.number = number
    this.#unit = unit
    this.label = init.name
    this.reserved = init.reserved ?? []
    this.domain = init.domain ?? 'unknown'
    this.attach(groupTable, this)
    this.attach(kernel.release.groupTypeWritable ? typeWritable : typeReadOnly, this)
    this.devices = this.mkdir('devices')
  }

  /** `iommu_group_add_device()`. */
  addDevice(device: Device): void {
    this.devices.symlink(device.name, device)
    device.iommuGroup = this
    this.#unit?.link(device)
    device.revalidate()
  }

  /** `iommu_group_remove_device()`. */
  removeDevice(device: Device): void {
    this.devices.remove(device.name)
    device.iommuGroup = undefined
    this.#unit?.unlink(device)
    device.revalidate()
  }
}

function hex16(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`
}

/** One line a region: `0x%016llx 0x%016llx %s`. */
function reservedRegions({ reserved }: IommuGroup): string {
  return reserved.map(({ start, end, type }) => `${hex16(start)} ${hex16(end)} ${type}\n`).join('')
}

const DOMAIN_WORDS: Readonly<Record<string, Domain>> = {
  identity: 'identity',
  DMA: 'DMA',
  'DMA-FQ': 'DMA-FQ',
  auto: 'DMA',
}

/**
 * `iommu_group_store_type()`: EACCES without CAP_SYS_ADMIN and CAP_SYS_RAWIO; EINVAL for groups without a default
 * domain and for unknown words; EBUSY while a driver holds a device of the group.
 */
function typeStore(group: IommuGroup, buf: string, { uid }: Caller): void {
  if (uid !== 0) throw new Errno('EACCES')
  if (group.domain === 'unknown') throw new Errno('EINVAL', 'the group has no default domain')
  const word = Object.keys(DOMAIN_WORDS).find(name => sysfsStreq(buf, name))
  if (word === undefined) throw new Errno('EINVAL')
  for (const node of group.devices.known()) {
    const device = (node as Symlink).target
    if (device instanceof Device && device.driver) throw new Errno('EBUSY', `${device.name} has a driver`)
  }
  group.domain = DOMAIN_WORDS[word]!
}

const groupTable = new EntryTable<IommuGroup>([
  attrRO('reserved_regions', reservedRegions),
  attrRO('name', group => `${group.label}\n`, { present: group => group.label !== undefined }),
])

const typeReadOnly = new EntryTable<IommuGroup>([attrRO('type', group => `${group.domain}\n`)])
const typeWritable = new EntryTable<IommuGroup>([attrRW('type', group => `${group.domain}\n`, typeStore)])
