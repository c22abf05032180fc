import { BusType } from '../../sysfs/base/bus.ts'
import { deviceAttach, deviceReleaseDriver } from '../../sysfs/base/dd.ts'
import { Device } from '../../sysfs/base/device.ts'
import type { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Kernel } from '../../sysfs/base/kernel.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import { start } from '../../sysfs/lib/completion.ts'
import { Adapter, type AdapterInit } from './adapter.ts'
import { type Apqn, adapterOf, apqn, domainOf } from './apqn.ts'
import { busTable } from './bus-attributes.ts'
import { ApCard } from './card.ts'
import { ApDriver } from './driver.ts'
import { QueueLinks } from './links.ts'
import { bits, FULL, has, type Mask, maskOf } from './mask.ts'
import { ApQueue } from './queue.ts'

/** What the hardware says of itself, whatever cards it has (`struct ap_config_info`, SCLP). */
export interface ApInfo {
  readonly maxAdapter: number
  readonly maxDomain: number
  readonly usageDomains: Mask
  readonly controlDomains: Mask
  /** PQAP(QCI) is there; without it nothing is known of adapters and domains in advance. */
  readonly qci: boolean
  /** APSC, APXA and so on: `features` of the bus. */
  readonly facilities: readonly string[]
  /** Adapter interrupts. */
  readonly interrupts: boolean
  /** SCLP can configure adapters. */
  readonly sclpConfigure: boolean
}

/** /sys/devices/ap: it belongs to no bus, yet its events say so. */
class ApRoot extends Device {
  override get ueventSubsystem(): string {
    return 'ap'
  }
}

/** Nanoseconds (`poll_high_timeout`). */
const DEFAULT_POLL_TIMEOUT = 250_000n
/** Seconds (AP_CONFIG_TIME). */
const DEFAULT_CONFIG_TIME = 30

/** /sys/bus/ap and /sys/devices/ap (drivers/s390/crypto/ap_bus.c). */
export class ApBus extends BusType {
  readonly info: ApInfo
  readonly root: Device
  /** Adapters and domains of the host (`struct ap_perms`). */
  apm: Mask = FULL
  aqm: Mask = FULL
  /** `ap_domain`; -1 where there is none. */
  defaultDomain = -1
  configTime = DEFAULT_CONFIG_TIME
  pollThread = false
  pollTimeout = DEFAULT_POLL_TIMEOUT
  scans = 0
  queueCount = 0
  boundCount = 0
  readonly adapters = new Map<number, Adapter>()
  readonly #cards = new Map<number, ApCard>()
  readonly #links: QueueLinks
  /** The adapters that the last scan found. */
  #configured: Mask = 0n
  #completions = 0
  #bindingsComplete = false

  constructor(kernel: Kernel, info: ApInfo) {
    super(kernel, 'ap')
    this.info = info
    this.selectDomain()
    this.root = new ApRoot(kernel, 'ap', {}).register()
    this.#links = new QueueLinks(this.devices, this, qid => this.#exists(qid))
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [busTable]
  }

  override match(device: Device, driver: DeviceDriver): boolean {
    return driver instanceof ApDriver && driver.matches(device)
  }

  override link(device: Device): void {
    if (device instanceof ApQueue) this.#links.changed(device.qid)
    else super.link(device)
  }

  override unlink(device: Device): void {
    if (device instanceof ApQueue) this.#links.changed(device.qid)
    else super.unlink(device)
  }

  /** `ap_owned_by_def_drv()`: a queue is the host's if its adapter is in apmask and its domain in aqmask. */
  ownedByDefault(qid: Apqn): boolean {
    return has(this.apm, adapterOf(qid)) && has(this.aqm, domainOf(qid))
  }

  /** The same of any of these queues, whether they exist or not (`ap_apqn_in_matrix_owned_by_def_drv()`). */
  anyOwnedByDefault(apm: Mask, aqm: Mask): boolean {
    return (this.apm & apm) !== 0n && (this.aqm & aqm) !== 0n
  }

  /** The driver that holds a queue. */
  holder(qid: Apqn): ApDriver | undefined {
    return this.apDrivers().find(driver => driver.holds(qid))
  }

  apDrivers(): readonly ApDriver[] {
    return this.driverList() as readonly ApDriver[]
  }

  card(id: number): ApCard | undefined {
    return this.#cards.get(id)
  }

  queue(qid: Apqn): ApQueue | undefined {
    return this.#cards.get(adapterOf(qid))?.queue(domainOf(qid))
  }

  #exists(qid: Apqn): boolean {
    const card = this.#cards.get(adapterOf(qid))
    return card !== undefined && has(card.domains, domainOf(qid))
  }

  *queueIds(): Iterable<Apqn> {
    for (const card of this.#cards.values())
      for (const domain of bits(card.domains)) yield apqn(card.id, domain)
  }

  /** `ap_select_domain()`: the first that is the host's to use. */
  selectDomain(): void {
    this.defaultDomain = bits(this.info.usageDomains & this.aqm)[0] ?? -1
  }

  /** Puts cards into the machine; the kernel finds them. */
  plug(inits: readonly AdapterInit[]): void {
    for (const init of inits) this.adapters.set(init.id, new Adapter(init))
    this.scan()
  }

  unplug(id: number): void {
    this.adapters.delete(id)
    this.scan()
  }

  /** `ap_scan_bus()`. */
  scan(): void {
    const { usageDomains } = this.info
    const configured = maskOf(this.adapters.keys())
    const changed = configured !== this.#configured
    this.#configured = configured
    if (changed) for (const driver of this.apDrivers()) driver.onConfigChanged(configured)
    for (const [id, card] of this.#cards) {
      if (this.adapters.get(id) === card.adapter) continue
      start(card.unregister())
      this.#cards.delete(id)
    }
    for (const id of bits(configured)) this.#scanAdapter(this.adapters.get(id)!, usageDomains)
    if (changed) for (const driver of this.apDrivers()) driver.onScanComplete()
    if (++this.scans === 1) this.tell(this.root, 'INITSCAN=done')
    this.#checkBindings()
  }

  /** `ap_scan_adapter()`. */
  #scanAdapter(adapter: Adapter, domains: Mask): void {
    let card = this.#cards.get(adapter.id)
    if (!card) {
      card = new ApCard(this, adapter)
      this.#cards.set(adapter.id, card)
      card.register()
    }
    if (card.config !== adapter.configured) {
      card.config = adapter.configured
      this.tell(card, `CONFIG=${card.config ? 1 : 0}`)
    }
    card.checkstop = adapter.checkstopped
    card.scan(domains)
  }

  /**
   * apmask or aqmask changed: every queue whose owner is another now changes hands (`ap_bus_revise_bindings()`).
   *
   * @param apm adapters that changed, or all where domains did
   * @param aqm domains that changed, or all where adapters did
   */
  reviseBindings(apm: Mask, aqm: Mask): void {
    for (const id of bits(apm & this.#configured)) {
      const card = this.#cards.get(id)
      if (!card) continue
      for (const domain of bits(aqm & card.domains)) {
        const qid = apqn(id, domain)
        const holder = this.holder(qid)
        if (holder && holder.isDefault === this.ownedByDefault(qid)) continue
        const queue = card.passing(domain)
        start(deviceReleaseDriver(queue))
        deviceAttach(queue)
      }
    }
  }

  /** A queue was bound. */
  probed(): void {
    this.#bindingsComplete = false
    if (!this.kernel.release.apBindingsRearmed) this.#checkBindings()
  }

  /** `ap_check_bindings_complete()`. */
  #checkBindings(): void {
    if (this.scans === 0 || this.boundCount !== this.queueCount) return
    if (this.#bindingsComplete && this.kernel.release.apBindingsRearmed) return
    this.#bindingsComplete = true
    this.#completions++
    this.tell(this.root, 'BINDINGS=complete', `COMPLETECOUNT=${this.#completions}`)
  }

  /** A change event, where the release sends any. */
  tell(device: Device, ...keys: string[]): void {
    if (this.kernel.release.apBindings) device.uevent('change', keys)
  }
}
