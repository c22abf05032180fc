import { Device } from '../../sysfs/base/device.ts'
import type { Dirent, Population } from '../../sysfs/kernfs/directory.ts'
import { nameHash } from '../../sysfs/kernfs/hash.ts'
import { DT_DIR, type Node } from '../../sysfs/kernfs/node.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import { start, type Task } from '../../sysfs/lib/completion.ts'
import { type Adapter, TYPE_CEX7 } from './adapter.ts'
import { adapterName, adapterOf, apqn, domainOf, parseQueueName, queueName } from './apqn.ts'
import type { ApBus } from './bus.ts'
import { cardTable, zcryptCardTables } from './card-attributes.ts'
import { andNot, bit, bits, EMPTY, has, MASK_BITS, type Mask } from './mask.ts'
import { ApQueue } from './queue.ts'

/** A crypto card as the kernel sees it: `struct ap_card` and `struct zcrypt_card`. Its queues are below it. */
export class ApCard extends Device {
  readonly apBus: ApBus
  readonly adapter: Adapter
  /** The domains of its queues. */
  domains: Mask = EMPTY
  /** As the last scan, or the last write to `config`, left it. */
  config: boolean
  checkstop: boolean
  /** The same of all its queues, which follow at the next scan. */
  queueConfig: boolean
  queueCheckstop: boolean
  /** What was written to `online`. */
  online = true
  /** Requests so far. */
  requests = 0
  readonly #firstInode: number
  /** Queues that somebody looked at, or that differ from untouched ones, by domain. */
  readonly #queues = new Map<number, ApQueue>()

  constructor(bus: ApBus, adapter: Adapter) {
    super(bus.kernel, `card${adapterName(adapter.id)}`, { parent: bus.root, bus, devtype: 'ap_card' })
    this.apBus = bus
    this.adapter = adapter
    this.config = adapter.configured
    this.checkstop = adapter.checkstopped
    this.queueConfig = this.config
    this.queueCheckstop = this.checkstop
    this.#firstInode = this.superblock.inodes(MASK_BITS)
    this.populate(new CardQueues(this, this.#firstInode))
  }

  get id(): number {
    return this.adapter.id
  }

  /** The type as far as the release knows it: CEX8 counts as CEX7 where it is not known. */
  get hwtype(): number {
    const { rawType } = this.adapter
    return this.kernel.release.apCex8 ? rawType : Math.min(rawType, TYPE_CEX7)
  }

  /** DEV_TYPE. */
  get devType(): string {
    return this.hwtype.toString(16).toUpperCase().padStart(4, '0')
  }

  get modalias(): string {
    return `ap:t${this.hwtype.toString(16).toUpperCase().padStart(2, '0')}`
  }

  /** What `online` reads. */
  get isOnline(): boolean {
    return this.config && !this.checkstop && this.online
  }

  zcryptGroups(): readonly EntryTable<never>[] {
    return zcryptCardTables[this.adapter.mode]
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [cardTable]
  }

  /** `ap_uevent()`. */
  protected override ownUeventKeys(): string[] {
    const keys = [`DEV_TYPE=${this.devType}`, `MODALIAS=${this.modalias}`]
    if (this.kernel.release.apBindings) keys.push(`MODE=${this.adapter.mode}`)
    return keys
  }

  /** The queue of that domain, kept from now on. */
  queue(domain: number): ApQueue | undefined {
    if (!has(this.domains, domain)) return undefined
    const queue = this.passing(domain)
    this.#queues.set(domain, queue)
    return queue
  }

  /** The same for a moment: an untouched queue is forgotten again. */
  passing(domain: number): ApQueue {
    return this.#queues.get(domain) ?? this.#make(domain).resume()
  }

  /** Queues that differ from untouched ones, or may. */
  touched(): Iterable<ApQueue> {
    return this.#queues.values()
  }

  #make(domain: number): ApQueue {
    return new ApQueue(this, apqn(this.id, domain), this.#firstInode + domain)
  }

  /** `ap_scan_domains()`: queues that came, that went, and what became of the card. */
  scan(domains: Mask): void {
    const { apBus } = this
    for (const domain of bits(andNot(this.domains, domains))) start(this.passing(domain).unregister())
    for (const domain of bits(andNot(domains, this.domains))) {
      this.domains |= bit(domain)
      apBus.queueCount++
      this.#make(domain).register()
      this.#namesChanged()
    }
    if (this.queueConfig !== this.adapter.configured) {
      this.queueConfig = this.adapter.configured
      this.#tellQueues(`CONFIG=${this.queueConfig ? 1 : 0}`)
    }
    this.queueCheckstop = this.adapter.checkstopped
  }

  /** A queue is gone. */
  forget({ domain }: ApQueue): void {
    this.domains = andNot(this.domains, bit(domain))
    this.apBus.queueCount--
    this.#queues.delete(domain)
    this.#namesChanged()
  }

  /** Queues go first. */
  override *unregister(): Task {
    for (const domain of bits(this.domains)) yield* this.passing(domain).unregister()
    yield* super.unregister()
  }

  /** `zcrypt_queue_force_online()` for all queues of the host: those that really change say so. */
  forceOnline(online: boolean): void {
    for (const domain of bits(this.domains)) {
      const queue = this.passing(domain)
      if (!queue.operating || queue.online === online) continue
      queue.online = online
      this.#queues.set(domain, queue)
      this.apBus.tell(queue, `ONLINE=${online ? 1 : 0}`)
    }
  }

  /**
   * Asks the card something by way of a queue: whoever reads `mkvps`, `serialnr` and their like sends requests. The
   * answers of CCA take two, of which the second is not sent where the first is not answered.
   */
  ask(queue: ApQueue | undefined): void {
    if (!queue?.isOnline || !queue.operating) return
    const { mode, answers } = this.adapter
    const requests = mode === 'cca' && (answers.mkvps ?? answers.serialnr) !== undefined ? 2 : 1
    queue.requests += requests
    this.requests += requests
    this.#queues.set(queue.domain, queue)
  }

  /** The queue that a request for no domain in particular takes: the one that had the fewest (AUTOSELECT_DOM). */
  get leastUsed(): ApQueue | undefined {
    let best: ApQueue | undefined
    for (const domain of bits(this.domains)) {
      const queue = this.passing(domain)
      if (queue.operating && queue.isOnline && queue.requests < (best?.requests ?? Number.POSITIVE_INFINITY))
        best = queue
    }
    return best
  }

  #tellQueues(key: string): void {
    for (const domain of bits(this.domains)) this.apBus.tell(this.passing(domain), key)
  }

  #namesChanged(): void {
    this.generation++
    this.superblock.changed(this)
  }
}

/** The directories of a card's queues. */
class CardQueues implements Population {
  readonly #card: ApCard
  readonly #firstInode: number

  constructor(card: ApCard, firstInode: number) {
    this.#card = card
    this.#firstInode = firstInode
  }

  get directories(): number {
    return bits(this.#card.domains).length
  }

  lookup(name: string): Node | undefined {
    const qid = parseQueueName(name)
    if (qid === undefined || adapterOf(qid) !== this.#card.id) return undefined
    return this.#card.queue(domainOf(qid))
  }

  *list(): Iterable<Dirent> {
    for (const domain of bits(this.#card.domains)) {
      const name = queueName(apqn(this.#card.id, domain))
      yield { name, hash: nameHash(name), ino: this.#firstInode + domain, type: DT_DIR }
    }
  }
}
