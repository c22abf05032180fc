import type { Mdev } from '../../mdev/device.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { type Apqn, adapterName, adapterOf, apqn, domainName, domainOf, queueName } from '../ap/apqn.ts'
import { andNot, bit, bits, EMPTY, has, type Mask } from '../ap/mask.ts'
import type { MatrixDev } from './matrix-dev.ts'

/** Adapters, domains and control domains: `struct ap_matrix`. */
export interface Matrix {
  readonly apm: Mask
  readonly aqm: Mask
  readonly adm: Mask
}

export type MatrixPart = keyof Matrix

export const EMPTY_MATRIX: Matrix = { apm: EMPTY, aqm: EMPTY, adm: EMPTY }

/** A read gives at most a page, and its last byte is a NUL. */
const LONGEST_TEXT = 4095

/** `vfio_ap_mdev_matrix_show()`: `04.0016` a line; `04.` or `.0016` where there are only adapters or only domains. */
export function printMatrix({ apm, aqm }: Matrix): string {
  const lines: string[] = []
  const domains = bits(aqm)
  for (const adapter of bits(apm)) {
    if (domains.length === 0) lines.push(`${adapterName(adapter)}.\n`)
    for (const domain of domains) lines.push(`${queueName(apqn(adapter, domain))}\n`)
  }
  if (apm === EMPTY) for (const domain of domains) lines.push(`.${domainName(domain)}\n`)
  return lines.join('').slice(0, LONGEST_TEXT)
}

/**
 * The matrix of one mdev: `struct ap_matrix_mdev` (drivers/s390/crypto/vfio_ap_ops.c). What is assigned, and since 6.0
 * what of it a guest gets.
 */
export class ApMatrixMdev {
  readonly mdev: Mdev
  readonly #dev: MatrixDev
  matrix: Matrix = EMPTY_MATRIX
  /** `shadow_apcb`: the crypto configuration of the guest. */
  guest: Matrix = EMPTY_MATRIX
  /** A guest runs. */
  inUse = false
  /** Adapters that a scan is about to bring: the guest gets them when it is complete. */
  #arriving: Mask = EMPTY

  constructor(mdev: Mdev, dev: MatrixDev) {
    this.mdev = mdev
    this.#dev = dev
  }

  /** Whether the queue is assigned. */
  assigned(qid: Apqn): boolean {
    return has(this.matrix.apm, adapterOf(qid)) && has(this.matrix.aqm, domainOf(qid))
  }

  /** Whether a running guest has it. */
  passedThrough(qid: Apqn): boolean {
    return this.inUse && has(this.guest.apm, adapterOf(qid)) && has(this.guest.aqm, domainOf(qid))
  }

  /**
   * `assign_*_store()`. What is assigned already is no error and no change.
   *
   * EADDRNOTAVAIL where a queue would be the host's, EADDRINUSE where another mdev has it; control domains are shared.
   */
  assign(part: MatrixPart, id: number): void {
    if (has(this.matrix[part], id)) return
    const matrix = { ...this.matrix, [part]: this.matrix[part] | bit(id) }
    if (part !== 'adm') this.#validate(matrix)
    this.matrix = matrix
    this.filter()
  }

  /**
   * The same up to 5.10: the queues, or where there are none yet any queue of the adapter or domain, have to be bound to
   * vfio_ap, EADDRNOTAVAIL; then EADDRINUSE. What is assigned already is looked at again.
   */
  assignBound(part: MatrixPart, id: number): void {
    const matrix = { ...this.matrix, [part]: this.matrix[part] | bit(id) }
    if (part !== 'adm') {
      if (!this.#allBound(part, id)) throw new Errno('EADDRNOTAVAIL')
      this.#dev.verifyNoSharing(matrix.apm, matrix.aqm, this)
    }
    this.matrix = matrix
  }

  /** `unassign_*_store()`: what is not assigned is no error. The guest loses it; what was kept from it stays so. */
  unassign(part: MatrixPart, id: number): void {
    const without = bit(id)
    this.matrix = { ...this.matrix, [part]: andNot(this.matrix[part], without) }
    this.guest = { ...this.guest, [part]: andNot(this.guest[part], without) }
  }

  /** `ap_config_store()`: all or nothing; ENODEV for bits beyond the maximum is told last. */
  configure(matrix: Matrix): void {
    this.#validate(matrix)
    const beyond = (['apm', 'aqm', 'adm'] as const).some(
      part => andNot(matrix[part], this.#dev.possible(part)) !== EMPTY,
    )
    if (beyond) throw new Errno('ENODEV')
    this.matrix = matrix
    this.filter()
  }

  /** `vfio_ap_mdev_validate_masks()`. */
  #validate({ apm, aqm }: Matrix): void {
    if (this.#dev.bus.anyOwnedByDefault(apm, aqm)) throw new Errno('EADDRNOTAVAIL')
    this.#dev.verifyNoSharing(apm, aqm, this)
  }

  /** `vfio_ap_mdev_verify_queues_reserved_for_apid()` and `_for_apqi()` of 5.10. */
  #allBound(part: 'apm' | 'aqm', id: number): boolean {
    const { driver, bus } = this.#dev
    const others = bits(part === 'apm' ? this.matrix.aqm : this.matrix.apm)
    if (others.length > 0)
      return others.every(other => driver.holds(part === 'apm' ? apqn(id, other) : apqn(other, id)))
    for (const qid of bus.queueIds()) {
      if ((part === 'apm' ? adapterOf(qid) : domainOf(qid)) === id && driver.holds(qid)) return true
    }
    return false
  }

  /**
   * `vfio_ap_mdev_filter_matrix()`: a guest gets the domains that the host has, and the adapters of which every queue
   * with such a domain is bound to vfio_ap; another adapter is kept from it as a whole.
   */
  filter(): void {
    const { driver, configuration } = this.#dev
    const host = configuration()
    const aqm = this.matrix.aqm & host.aqm
    let apm = this.matrix.apm & host.apm
    const domains = bits(aqm)
    for (const adapter of bits(apm)) {
      if (!domains.every(domain => driver.holds(apqn(adapter, domain)))) apm = andNot(apm, bit(adapter))
    }
    this.guest = { apm, aqm, adm: this.matrix.adm & host.adm }
  }

  /** vfio_ap got one of its queues. */
  queueBound(): void {
    if (this.#arriving === EMPTY) this.filter()
  }

  /** vfio_ap lost one of its queues: as a guest has whole adapters, it loses the adapter. */
  queueGone(qid: Apqn): void {
    const adapter = adapterOf(qid)
    if (has(this.guest.apm, adapter) && has(this.guest.aqm, domainOf(qid)))
      this.guest = { ...this.guest, apm: andNot(this.guest.apm, bit(adapter)) }
  }

  /** The host has other adapters now. */
  hostChanged(added: Mask, removed: Mask): void {
    this.#arriving = added & this.matrix.apm
    this.guest = { ...this.guest, apm: andNot(this.guest.apm, removed) }
  }

  scanComplete(): void {
    if (this.#arriving === EMPTY) return
    this.#arriving = EMPTY
    this.filter()
  }
}
