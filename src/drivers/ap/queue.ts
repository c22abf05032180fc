import { busProbeDevice } from '../../sysfs/base/dd.ts'
import { Device } from '../../sysfs/base/device.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { type Apqn, domainOf, queueName } from './apqn.ts'
import type { ApCard } from './card.ts'
import { queueTable, zcryptQueueTables } from './queue-attributes.ts'

/** `poll_low_timeout`: how long the kernel waits before it asks a queue again whether it is reset, milliseconds. */
const LOW_TIMEOUT = 40

/** How far a reset is: `enum ap_sm_state`, as much of it as can be seen. */
type ResetState = 'reset' | 'setirq' | 'idle'

/**
 * An AP queue: `struct ap_queue` and `struct zcrypt_queue`. A machine may have 65,536 of them, so the object exists
 * while somebody looks at it, or where it differs from a queue that nobody ever touched; which driver has the queue
 * is known to the drivers.
 */
export class ApQueue extends Device {
  readonly card: ApCard
  readonly qid: Apqn
  /** What was written to `online`. */
  online = true
  /** Requests so far (`total_request_count`). */
  requests = 0
  /** When the last reset began, milliseconds since boot. */
  #resetAt: number | undefined

  constructor(card: ApCard, qid: Apqn, ino: number) {
    super(card.kernel, queueName(qid), { parent: card, bus: card.apBus, devtype: 'ap_queue', ino })
    this.card = card
    this.qid = qid
  }

  get domain(): number {
    return domainOf(this.qid)
  }

  /** Whether a driver of the host has it (`dev_state` is operating). */
  get operating(): boolean {
    return this.card.apBus.holder(this.qid)?.isDefault ?? false
  }

  /** What `online` reads. */
  get isOnline(): boolean {
    return this.card.queueConfig && !this.card.queueCheckstop && this.online
  }

  reset(): void {
    this.#resetAt = this.kernel.uptime()
  }

  get resetState(): ResetState {
    if (this.#resetAt === undefined) return 'idle'
    const elapsed = this.kernel.uptime() - this.#resetAt
    if (elapsed < LOW_TIMEOUT) return 'reset'
    return elapsed < 2 * LOW_TIMEOUT && this.operating && this.card.apBus.info.interrupts ? 'setirq' : 'idle'
  }

  zcryptGroups(): readonly EntryTable<never>[] {
    return zcryptQueueTables[this.card.adapter.mode]
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [queueTable]
  }

  /** `ap_uevent()`. */
  protected override ownUeventKeys(): string[] {
    const { card } = this
    return this.kernel.release.apBindings
      ? [`MODE=${card.adapter.mode}`]
      : [`DEV_TYPE=${card.devType}`, `MODALIAS=${card.modalias}`]
  }

  /** The queue was found by a scan. */
  override register(): this {
    this.attachGroups()
    this.registered = true
    this.card.apBus.link(this)
    this.uevent('add')
    busProbeDevice(this)
    return this
  }

  /** An object for a queue that was found before, as it stands now. */
  resume(): this {
    this.attachGroups()
    this.registered = true
    const driver = this.card.apBus.holder(this.qid)
    if (!driver) return this
    this.driver = driver
    this.driverLinked = true
    for (const table of driver.deviceGroups(this)) this.attach(table, this as never)
    return this
  }

  override *unregister(): Task {
    yield* super.unregister()
    this.card.forget(this)
  }
}
