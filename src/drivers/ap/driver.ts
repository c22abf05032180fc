import type { Device } from '../../sysfs/base/device.ts'
import { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { APQNS, type Apqn } from './apqn.ts'
import type { ApBus } from './bus.ts'
import { ApCard } from './card.ts'
import { QueueLinks } from './links.ts'
import type { Mask } from './mask.ts'
import { ApQueue } from './queue.ts'

export interface ApDriverInit {
  /** Whether it takes cards or queues. */
  readonly takes: 'card' | 'queue'
  /** Its device ids: the first and the last type (`hwtype`) that it knows. */
  readonly types: readonly [first: number, last: number]
  /** AP_DRIVER_FLAG_DEFAULT: a driver of the host, which gets what apmask and aqmask reserve. */
  readonly isDefault: boolean
}

/** A driver on the AP bus: `struct ap_driver` (drivers/s390/crypto/ap_bus.h). */
export class ApDriver extends DeviceDriver {
  readonly apBus: ApBus
  readonly takes: 'card' | 'queue'
  readonly types: readonly [first: number, last: number]
  readonly isDefault: boolean
  /** Queues that it holds, or is about to. */
  readonly #held: Uint8Array
  readonly #links: QueueLinks | undefined

  constructor(bus: ApBus, name: string, { takes, types, isDefault }: ApDriverInit) {
    super(bus, name)
    this.apBus = bus
    this.takes = takes
    this.types = types
    this.isDefault = isDefault
    this.#held = new Uint8Array(takes === 'queue' ? APQNS : 0)
    this.#links = takes === 'queue' ? new QueueLinks(this, bus, qid => this.holds(qid)) : undefined
  }

  holds(qid: Apqn): boolean {
    return this.#held[qid] === 1
  }

  /** Its id table (`ap_bus_match()`). */
  matches(device: Device): boolean {
    const [first, last] = this.types
    if (device instanceof ApCard)
      return this.takes === 'card' && device.hwtype >= first && device.hwtype <= last
    if (!(device instanceof ApQueue) || this.takes !== 'queue') return false
    return device.card.hwtype >= first && device.card.hwtype <= last
  }

  /** `ap_device_probe()`: ENODEV for a queue that apmask and aqmask give to the drivers of the other kind. */
  override probe(device: Device): void {
    if (!(device instanceof ApQueue)) return
    if (this.apBus.ownedByDefault(device.qid) !== this.isDefault) throw new Errno('ENODEV')
    this.probeQueue(device)
    this.apBus.probed()
  }

  override *release(device: Device): Task {
    if (device instanceof ApQueue) this.removeQueue(device)
  }

  /** The driver's own part of binding a queue. */
  protected probeQueue(_queue: ApQueue): void {}

  protected removeQueue(_queue: ApQueue): void {}

  /** Whether any of these queues is in use, so that it can not be taken for the host (`in_use()`). */
  inUse(_apm: Mask, _aqm: Mask): boolean {
    return false
  }

  /** The hardware has other adapters than before; told before cards come and go (`on_config_changed()`). */
  onConfigChanged(_apm: Mask): void {}

  /** They have come and gone (`on_scan_complete()`). */
  onScanComplete(): void {}

  override link(device: Device): void {
    if (device instanceof ApQueue) this.#hold(device, 1)
    else super.link(device)
  }

  override unlink(device: Device): void {
    if (device instanceof ApQueue) this.#hold(device, 0)
    else super.unlink(device)
  }

  #hold({ qid }: ApQueue, held: 0 | 1): void {
    this.#held[qid] = held
    this.apBus.boundCount += held ? 1 : -1
    this.#links!.changed(qid)
  }
}

/** A driver of CEX2 and CEX3, which are not modelled: it stands there and matches nothing. */
export class OldCardDriver extends ApDriver {
  constructor(bus: ApBus, name: string) {
    super(bus, name, { takes: name.endsWith('queue') ? 'queue' : 'card', types: [6, 9], isDefault: true })
  }
}

/** cex4card (drivers/s390/crypto/zcrypt_cex4.c). */
export class Cex4CardDriver extends ApDriver {
  override deviceGroups(device: Device): readonly EntryTable<never>[] {
    return device instanceof ApCard ? device.zcryptGroups() : []
  }

  override probe(device: Device): void {
    if (device instanceof ApCard) device.online = true
  }
}

/** cex4queue. */
export class Cex4QueueDriver extends ApDriver {
  override deviceGroups(device: Device): readonly EntryTable<never>[] {
    return device instanceof ApQueue ? device.zcryptGroups() : []
  }

  /** `zcrypt_queue_register()`: new devices are online. */
  protected override probeQueue(queue: ApQueue): void {
    queue.online = true
    queue.reset()
  }
}
