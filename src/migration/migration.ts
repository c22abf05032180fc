import type { DeviceModel } from '../device-model/model.ts'
import type { MdevType } from '../mdev/type.ts'
import type { Device } from '../sysfs/base/device.ts'
import { type Entry, EntryTable, group } from '../sysfs/kernfs/table.ts'
import { type MigratableDevice, migratable } from '../vfio/migration/index.ts'
import { compatibilityEntries, singleFileEntry } from './compatibility.ts'
import { versionEntry, vfioVersionEntries } from './migration-version.ts'
import type { MigrationModel } from './model.ts'
import { rfcDeviceEntries, rfcTypeEntries } from './rfc.ts'
import { MigrationState, type Multiply } from './state.ts'

/** The migration interfaces of all devices of one type, or of one physical device. */
export class Migration<T extends Device> {
  /** What a device has of them. */
  readonly deviceTable: EntryTable<T>
  readonly #model: MigrationModel
  readonly #multiply: (object: T) => Multiply
  readonly #states = new WeakMap<T, MigrationState>()
  readonly #migratable = new WeakMap<T, MigratableDevice>()

  constructor(model: MigrationModel, multiply: (object: T) => Multiply) {
    this.#model = model
    this.#multiply = multiply
    const { version, vfioVersion, compatibility, rfc } = model
    const entries: Entry<T>[] = []
    if (version?.device !== undefined) {
      const own = { ...version, text: version.device }
      entries.push(versionEntry(() => own))
    }
    if (vfioVersion) entries.push(...vfioVersionEntries<T>(vfioVersion))
    if (compatibility?.forms.includes('file')) entries.push(singleFileEntry(compatibility))
    const below: Entry<T>[] = []
    if (compatibility) below.push(...compatibilityEntries<T>(compatibility))
    if (rfc) below.push(...rfcDeviceEntries<T>(rfc, object => this.#state(object)!))
    if (below.length > 0) entries.push(group('migration', below))
    this.deviceTable = new EntryTable(entries)
  }

  /** May throw what open(2) then fails with. */
  openDevice(object: T): void {
    this.#state(object)?.opened()
  }

  closeDevice(object: T): void {
    this.#state(object)?.closed()
    this.#migratable.get(object)?.abandon()
  }

  /** What is behind the device's file, with what carries its state; nothing where that is no part of the model. */
  migratable(object: T, hardware: () => DeviceModel): DeviceModel | undefined {
    const { device } = this.#model
    if (!device) return undefined
    const { kernel } = object
    const made = migratable(hardware(), device, () => kernel.uptime())
    this.#migratable.set(object, made)
    return made.model
  }

  /** It comes into being with the first who asks, and goes with the device. */
  #state(object: T): MigrationState | undefined {
    const { rfc } = this.#model
    if (!rfc) return undefined
    let state = this.#states.get(object)
    if (!state) {
      state = new MigrationState(rfc, this.#multiply(object))
      this.#states.set(object, state)
    }
    return state
  }
}

/** What types have of their migration interfaces, one table for all types of a parent. */
export function migrationTypeTable(
  modelOf: (type: MdevType) => MigrationModel | undefined,
): EntryTable<MdevType> {
  return new EntryTable<MdevType>([
    versionEntry(type => {
      const version = modelOf(type)?.version
      return version?.type === undefined ? undefined : { ...version, text: version.type }
    }),
    ...rfcTypeEntries<MdevType>(type => modelOf(type)?.rfc),
  ])
}
