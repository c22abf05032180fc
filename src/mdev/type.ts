import { Kobject } from '../sysfs/base/kobject.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { attrRO, attrWO, EntryTable } from '../sysfs/kernfs/table.ts'
import type { MdevParent } from './parent.ts'
import { parseUuid } from './uuid.ts'

/** What a driver says of a type: `struct mdev_type`. */
export interface MdevTypeInit {
  /** The directory is called after the parent's driver and this: GVTg_V5_4. */
  readonly sysfsName: string
  readonly prettyName?: string
  /** The text of `description`, newlines included; the file is absent without it. */
  readonly description?: string
}

/** A type in `mdev_supported_types` (drivers/vfio/mdev/mdev_sysfs.c). */
export class MdevType extends Kobject {
  readonly supports: MdevParent
  readonly sysfsName: string
  readonly prettyName: string | undefined
  readonly description: string | undefined
  /** Links to the mdevs of this type. */
  readonly devices: Directory

  constructor(parent: MdevParent, directory: Directory, init: MdevTypeInit) {
    super(`${parent.device.driverString}-${init.sysfsName}`, directory, parent.device.kernel)
    this.supports = parent
    this.sysfsName = init.sysfsName
    this.prettyName = init.prettyName
    this.description = init.description
    this.attach(typeTable, this)
    for (const table of parent.ops.typeGroups ?? []) this.attach(table, this as never)
    this.devices = this.mkdir('devices')
    directory.add(this)
  }

  /** `available_instances`. */
  get available(): number {
    const { ops, used } = this.supports
    return ops.instances ? ops.instances.limit - used : ops.available!(this)
  }
}

/**
 * Up to 5.10 a driver showed a name or not (GVT-g did not); since 6.1 the core shows the driver's own name of the type
 * where there is no pretty one.
 */
const name = attrRO<MdevType>('name', type => `${type.prettyName ?? type.sysfsName}\n`, {
  present: type => type.kernel.release.coreTypeAttributes || type.prettyName !== undefined,
})

const typeTable = new EntryTable<MdevType>([
  attrWO('create', (type, buf) => {
    type.supports.create(type, parseUuid(buf))
  }),
  attrRO('available_instances', type => `${type.available}\n`),
  attrRO('device_api', type => `${type.supports.ops.deviceApi}\n`),
  attrRO('description', type => type.description!, { present: type => type.description !== undefined }),
  name,
])
