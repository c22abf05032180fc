import { type DeviceModel, EVENTFD, NORESIZE } from '../../device-model/model.ts'
import type { Mdev } from '../../mdev/device.ts'
import type { MdevOps } from '../../mdev/ops.ts'
import { Migration, migrationTypeTable } from '../../migration/migration.ts'
import type { MigrationModel } from '../../migration/model.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import { mdevTable } from './attributes.ts'
import type { MatrixDev } from './matrix-dev.ts'
import { ApMatrixMdev } from './matrix-mdev.ts'

/** MAX_ZDEV_ENTRIES_EXT. */
const MAX_MDEVS = 65_536

/** What vfio_ap brings to the mdev core (drivers/s390/crypto/vfio_ap_ops.c). */
export class VfioApOps implements MdevOps {
  readonly deviceApi = 'vfio-ap'
  readonly instances = { limit: MAX_MDEVS, refusal: 'EPERM' } as const
  readonly dev: MatrixDev
  readonly #matrices = new Map<Mdev, ApMatrixMdev>()
  readonly #tables: readonly EntryTable<never>[]
  readonly typeGroups?: readonly EntryTable<never>[]
  readonly #migration: Migration<Mdev> | undefined

  /** @param migration proposed interfaces that matrix mdevs have */
  constructor(dev: MatrixDev, migration?: MigrationModel) {
    this.dev = dev
    if (migration) {
      this.#migration = new Migration(migration, () => () => {})
      this.typeGroups = [migrationTypeTable(() => migration)]
    }
    this.#tables = [mdevTable(this), ...(this.#migration ? [this.#migration.deviceTable] : [])]
  }

  matrix(mdev: Mdev): ApMatrixMdev {
    return this.#matrices.get(mdev)!
  }

  deviceGroups(): readonly EntryTable<never>[] {
    return this.#tables
  }

  create(mdev: Mdev): void {
    const matrix = new ApMatrixMdev(mdev, this.dev)
    this.#matrices.set(mdev, matrix)
    this.dev.mdevs.add(matrix)
  }

  destroy(mdev: Mdev): void {
    this.dev.mdevs.delete(this.matrix(mdev))
    this.#matrices.delete(mdev)
  }

  /** No regions, and the interrupt by which the host asks for the device back (VFIO_AP_REQ_IRQ_INDEX). */
  deviceModel(): DeviceModel {
    return { kind: 'ap', regions: [], irqs: [{ count: 1, flags: EVENTFD | NORESIZE }], reset() {} }
  }

  migratable(mdev: Mdev, hardware: () => DeviceModel): DeviceModel | undefined {
    return this.#migration?.migratable(mdev, hardware)
  }

  openDevice(mdev: Mdev): void {
    this.#migration?.openDevice(mdev)
    this.matrix(mdev).inUse = true
  }

  closeDevice(mdev: Mdev): void {
    this.matrix(mdev).inUse = false
    this.#migration?.closeDevice(mdev)
  }
}
