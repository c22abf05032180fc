import { attrRO, EntryTable } from '../../sysfs/kernfs/table.ts'
import { TYPE_CEX4, TYPE_CEX8 } from '../ap/adapter.ts'
import type { ApBus } from '../ap/bus.ts'
import { ApDriver } from '../ap/driver.ts'
import type { Mask } from '../ap/mask.ts'
import type { ApQueue } from '../ap/queue.ts'
import type { MatrixDev } from './matrix-dev.ts'

/** The driver vfio_ap of the AP bus, which gets the queues that the host leaves (drivers/s390/crypto/vfio_ap_drv.c). */
export class VfioApDriver extends ApDriver {
  readonly #dev: MatrixDev
  readonly #queueTable: EntryTable<ApQueue>

  constructor(bus: ApBus, dev: MatrixDev) {
    super(bus, 'vfio_ap', { takes: 'queue', types: [TYPE_CEX4, TYPE_CEX8], isDefault: false })
    this.#dev = dev
    this.#queueTable = new EntryTable<ApQueue>([attrRO('status', queue => this.#status(queue))])
  }

  override deviceGroups(): readonly EntryTable<never>[] {
    return this.kernel.release.apGuestMatrix ? [this.#queueTable] : []
  }

  override inUse(apm: Mask, aqm: Mask): boolean {
    return this.#dev.sharing(apm, aqm) !== undefined
  }

  protected override probeQueue({ qid }: ApQueue): void {
    this.#dev.mdevOf(qid)?.queueBound()
  }

  protected override removeQueue({ qid }: ApQueue): void {
    this.#dev.mdevOf(qid)?.queueGone(qid)
  }

  override onConfigChanged(adapters: Mask): void {
    this.#dev.hostChanged(adapters)
  }

  override onScanComplete(): void {
    for (const mdev of this.#dev.mdevs) mdev.scanComplete()
  }

  /** `status_show()`. */
  #status({ qid }: ApQueue): string {
    const mdev = this.#dev.mdevOf(qid)
    if (!mdev) return 'unassigned\n'
    return mdev.passedThrough(qid) ? 'in use\n' : 'assigned\n'
  }
}
