import type { DeviceModel } from '../../device-model/model.ts'
import { pciModel } from '../../device-model/pci.ts'
import type { Mdev } from '../../mdev/device.ts'
import type { DeviceApi, InstanceLimit, MdevOps } from '../../mdev/ops.ts'
import type { MdevType } from '../../mdev/type.ts'
import { Migration, migrationTypeTable } from '../../migration/migration.ts'
import type { MigrationModel } from '../../migration/model.ts'
import { PciDevice } from '../../pci/device.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import { deviceTable } from './attributes.ts'
import { Instance } from './instance.ts'
import type { ParentModel, TypeModel } from './model.ts'
import { Pool } from './pool.ts'

/**
 * The driver of every parent that is described by data alone: types that take from pools, and vendor attributes.
 */
export class DeclarativeOps implements MdevOps {
  readonly deviceApi: DeviceApi
  readonly instances?: InstanceLimit
  readonly pools: ReadonlyMap<string, Pool>
  readonly #types: ReadonlyMap<string, TypeModel>
  readonly #tables: ReadonlyMap<TypeModel, EntryTable<Mdev>>
  readonly #migrations = new Map<TypeModel, Migration<Mdev>>()
  readonly typeGroups?: readonly EntryTable<never>[]
  readonly #instances = new Map<Mdev, Instance>()

  constructor(model: ParentModel) {
    this.deviceApi = model.deviceApi
    if (model.instances) this.instances = model.instances
    this.pools = new Map(model.pools.map(init => [init.name, new Pool(init)]))
    this.#types = new Map(model.types.map(type => [type.sysfsName, type]))
    this.#tables = new Map(
      model.types.map(type => [type, deviceTable(this, type, model.aggregation ?? false)]),
    )
    for (const type of model.types)
      if (type.migration) this.#migrations.set(type, this.#migration(type.migration))
    if (this.#migrations.size > 0) this.typeGroups = [migrationTypeTable(type => this.model(type).migration)]
  }

  model(type: MdevType): TypeModel {
    return this.#types.get(type.sysfsName)!
  }

  instance(mdev: Mdev): Instance {
    return this.#instances.get(mdev)!
  }

  available(type: MdevType): number {
    return this.fit(type, pool => pool.counted)
  }

  create(mdev: Mdev): void {
    this.#instances.set(mdev, new Instance(this.model(mdev.mdevType), this.pools))
  }

  destroy(mdev: Mdev): void {
    this.instance(mdev).free()
    this.#instances.delete(mdev)
  }

  deviceGroups(mdev: Mdev): readonly EntryTable<never>[] {
    const model = this.model(mdev.mdevType)
    const migration = this.#migrations.get(model)
    return [this.#tables.get(model)!, ...(migration ? [migration.deviceTable] : [])]
  }

  deviceModel(mdev: Mdev): DeviceModel | undefined {
    if (this.deviceApi !== 'vfio-pci') return undefined
    const { pci, bars = [] } = this.model(mdev.mdevType)
    const parent = mdev.mdevType.supports.device
    if (pci) return pciModel(pci)
    return parent instanceof PciDevice ? pciModel({ identity: parent.identity, bars }) : undefined
  }

  migratable(mdev: Mdev, hardware: () => DeviceModel): DeviceModel | undefined {
    return this.#migrationOf(mdev)?.migratable(mdev, hardware)
  }

  openDevice(mdev: Mdev): void {
    this.#migrationOf(mdev)?.openDevice(mdev)
    this.instance(mdev).open = true
  }

  closeDevice(mdev: Mdev): void {
    this.instance(mdev).open = false
    this.#migrationOf(mdev)?.closeDevice(mdev)
  }

  #migrationOf(mdev: Mdev): Migration<Mdev> | undefined {
    return this.#migrations.get(this.model(mdev.mdevType))
  }

  #migration(model: MigrationModel): Migration<Mdev> {
    return new Migration(model, mdev => (pools, factor) => this.instance(mdev).multiply(pools, factor))
  }

  /** How often the need of the type goes into what is left of the chosen pools. */
  protected fit(type: MdevType, chosen: (pool: Pool) => boolean): number {
    const { needs } = this.model(type)
    let fit = Number.POSITIVE_INFINITY
    for (const pool of this.pools.values()) {
      const need = needs[pool.name]
      if (need && chosen(pool)) fit = Math.min(fit, Math.floor(pool.left / need))
    }
    return fit
  }
}
