import { ccwModel } from '../../device-model/ccw.ts'
import type { DeviceModel } from '../../device-model/model.ts'
import type { Mdev } from '../../mdev/device.ts'
import type { MdevOps } from '../../mdev/ops.ts'
import { Migration, migrationTypeTable } from '../../migration/migration.ts'
import type { MigrationModel } from '../../migration/model.ts'
import type { Device } from '../../sysfs/base/device.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import { Subchannel } from '../cio/subchannel.ts'

/** What vfio_ccw brings to the mdev core: one mdev a subchannel (drivers/s390/cio/vfio_ccw_ops.c). */
export class VfioCcwOps implements MdevOps {
  readonly deviceApi = 'vfio-ccw'
  /** Up to 5.10 the driver counted itself, and said EPERM. */
  readonly instances = { limit: 1, refusal: 'EPERM' } as const
  readonly typeGroups?: readonly EntryTable<never>[]
  readonly #migration: Migration<Mdev> | undefined

  /** @param migration proposed interfaces that the mdevs have */
  constructor(migration?: MigrationModel) {
    if (!migration) return
    this.#migration = new Migration(migration, () => () => {})
    this.typeGroups = [migrationTypeTable(() => migration)]
  }

  deviceGroups(): readonly EntryTable<never>[] {
    return this.#migration ? [this.#migration.deviceTable] : []
  }

  deviceModel(): DeviceModel {
    return ccwModel()
  }

  migratable(mdev: Mdev, hardware: () => DeviceModel): DeviceModel | undefined {
    return this.#migration?.migratable(mdev, hardware)
  }

  openDevice(mdev: Mdev): void {
    this.#migration?.openDevice(mdev)
  }

  closeDevice(mdev: Mdev): void {
    this.#migration?.closeDevice(mdev)
  }

  /** {subchannel_type}, and {chpid_type}: the type of the paths that lead to the device, 0x1b for FICON. */
  fact(parent: Device, name: string): string | undefined {
    if (!(parent instanceof Subchannel)) return undefined
    if (name === 'subchannel_type') return parent.subchannelType.toString(16)
    if (name !== 'chpid_type') return undefined
    const [path] = parent.io?.chpids ?? []
    const type = path === undefined ? undefined : parent.css.chp(path)?.init.type
    return type === undefined ? undefined : `0x${type.toString(16)}`
  }
}
