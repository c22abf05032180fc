import type { ReleaseName } from '../../../src/sysfs/release.ts'

/** The rules of vfio_ap over plain sets, without bits, buses or devices: what the driver is held against. */

export const CARDS = [3, 4, 5, 6]
export const DOMAINS = [0x04, 0x16, 0x47]

export type Part = 'adapter' | 'domain' | 'control_domain'
type Owner = 'cex4queue' | 'vfio_ap'

interface Matrix {
  readonly adapter: Set<number>
  readonly domain: Set<number>
  readonly control_domain: Set<number>
}

interface Mdev {
  readonly matrix: Matrix
  guestAdapters: Set<number>
  guestDomains: Set<number>
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
export const queueName = (adapter: number, domain: number) => `${hex(adapter, 2)}.${hex(domain, 4)}`
const ascending = (set: Iterable<number>) => [...set].sort((a, b) => a - b)
const all = () => new Set(Array.from({ length: 256 }, (_, n) => n))

export class Model {
  readonly #old: boolean
  #hostAdapters = all()
  #hostDomains = all()
  readonly holders = new Map<string, Owner | undefined>()
  readonly mdevs = new Map<string, Mdev>()

  constructor(release: ReleaseName) {
    this.#old = release === '5.10'
    for (const card of CARDS)
      for (const domain of DOMAINS) this.holders.set(queueName(card, domain), 'cex4queue')
  }

  #owner(adapter: number, domain: number): Owner {
    return this.#hostAdapters.has(adapter) && this.#hostDomains.has(domain) ? 'cex4queue' : 'vfio_ap'
  }

  #mdevOf(adapter: number, domain: number): Mdev | undefined {
    return [...this.mdevs.values()].find(
      ({ matrix }) => matrix.adapter.has(adapter) && matrix.domain.has(domain),
    )
  }

  /** @returns the errno, or nothing */
  mask(which: 'apmask' | 'aqmask', sign: '+' | '-', numbers: readonly number[]): string | undefined {
    const old = which === 'apmask' ? this.#hostAdapters : this.#hostDomains
    const set = new Set(old)
    for (const n of numbers) sign === '+' ? set.add(n) : set.delete(n)
    const added = [...set].filter(n => !old.has(n))
    if (!this.#old) {
      for (const { matrix } of this.mdevs.values()) {
        const [changed, other, host] =
          which === 'apmask'
            ? [matrix.adapter, matrix.domain, this.#hostDomains]
            : [matrix.domain, matrix.adapter, this.#hostAdapters]
        if (added.some(n => changed.has(n)) && [...other].some(n => host.has(n))) return 'EBUSY'
      }
    }
    const before = new Map(this.#queues().map(([a, d]) => [queueName(a, d), this.#owner(a, d)]))
    if (which === 'apmask') this.#hostAdapters = set
    else this.#hostDomains = set
    for (const [adapter, domain] of this.#queues()) {
      const name = queueName(adapter, domain)
      const owner = this.#owner(adapter, domain)
      if (owner === before.get(name) || this.holders.get(name) === owner) continue
      this.#release(adapter, domain)
      this.#bind(adapter, domain, owner)
    }
    return undefined
  }

  #queues(): [number, number][] {
    return CARDS.flatMap(card => DOMAINS.map((domain): [number, number] => [card, domain]))
  }

  #release(adapter: number, domain: number): void {
    const name = queueName(adapter, domain)
    const holder = this.holders.get(name)
    this.holders.set(name, undefined)
    const mdev = this.#mdevOf(adapter, domain)
    if (holder === 'vfio_ap' && mdev?.guestAdapters.has(adapter) && mdev.guestDomains.has(domain))
      mdev.guestAdapters.delete(adapter)
  }

  #bind(adapter: number, domain: number, driver: Owner): void {
    this.holders.set(queueName(adapter, domain), driver)
    const mdev = this.#mdevOf(adapter, domain)
    if (driver === 'vfio_ap' && mdev) this.#filter(mdev)
  }

  bind(driver: Owner, adapter: number, domain: number): string | undefined {
    const holder = this.holders.get(queueName(adapter, domain))
    if (holder !== undefined) return this.#old ? 'ENODEV' : 'EBUSY'
    if (this.#owner(adapter, domain) !== driver) return 'ENODEV'
    this.#bind(adapter, domain, driver)
    return undefined
  }

  unbind(driver: Owner, adapter: number, domain: number): string | undefined {
    if (this.holders.get(queueName(adapter, domain)) !== driver) return 'ENODEV'
    this.#release(adapter, domain)
    return undefined
  }

  create(uuid: string): string | undefined {
    if (this.mdevs.has(uuid)) return 'EEXIST'
    const matrix = {
      adapter: new Set<number>(),
      domain: new Set<number>(),
      control_domain: new Set<number>(),
    }
    this.mdevs.set(uuid, { matrix, guestAdapters: new Set(), guestDomains: new Set() })
    return undefined
  }

  remove(uuid: string): void {
    this.mdevs.delete(uuid)
  }

  assign(uuid: string, part: Part, id: number): string | undefined {
    const mdev = this.mdevs.get(uuid)!
    const { matrix } = mdev
    if (id > (part === 'adapter' ? 255 : 84)) return 'ENODEV'
    if (!this.#old && matrix[part].has(id)) return undefined
    if (part !== 'control_domain') {
      const others = [...matrix[part === 'adapter' ? 'domain' : 'adapter']]
      const pairs = others.map((other): [number, number] => (part === 'adapter' ? [id, other] : [other, id]))
      if (this.#old) {
        const isBound = ([a, d]: [number, number]) => this.holders.get(queueName(a, d)) === 'vfio_ap'
        const some = this.#queues().some(queue => queue[part === 'adapter' ? 0 : 1] === id && isBound(queue))
        if (others.length > 0 ? !pairs.every(isBound) : !some) return 'EADDRNOTAVAIL'
      } else if (pairs.some(([a, d]) => this.#owner(a, d) === 'cex4queue')) return 'EADDRNOTAVAIL'
      for (const [other, each] of this.mdevs) {
        if (other === uuid) continue
        const shared = pairs.some(([a, d]) => each.matrix.adapter.has(a) && each.matrix.domain.has(d))
        if (shared) return 'EADDRINUSE'
      }
    }
    matrix[part].add(id)
    if (!this.#old) this.#filter(mdev)
    return undefined
  }

  unassign(uuid: string, part: Part, id: number): string | undefined {
    const mdev = this.mdevs.get(uuid)!
    if (id > (part === 'adapter' ? 255 : 84)) return 'ENODEV'
    mdev.matrix[part].delete(id)
    if (part === 'adapter') mdev.guestAdapters.delete(id)
    if (part === 'domain') mdev.guestDomains.delete(id)
    return undefined
  }

  #filter(mdev: Mdev): void {
    const { adapter, domain } = mdev.matrix
    mdev.guestDomains = new Set([...domain].filter(d => DOMAINS.includes(d)))
    mdev.guestAdapters = new Set(
      [...adapter].filter(
        a =>
          CARDS.includes(a) &&
          [...mdev.guestDomains].every(d => this.holders.get(queueName(a, d)) === 'vfio_ap'),
      ),
    )
  }

  /** What the files of the mdev read. */
  files(uuid: string): { [name: string]: string } {
    const { matrix, guestAdapters, guestDomains } = this.mdevs.get(uuid)!
    return {
      matrix: print(matrix.adapter, matrix.domain),
      control_domains: ascending(matrix.control_domain)
        .map(d => `${hex(d, 4)}\n`)
        .join(''),
      ...(!this.#old && { guest_matrix: print(guestAdapters, guestDomains) }),
    }
  }

  status(adapter: number, domain: number): string {
    return this.#mdevOf(adapter, domain) ? 'assigned\n' : 'unassigned\n'
  }
}

function print(adapters: Set<number>, domains: Set<number>): string {
  if (adapters.size === 0)
    return ascending(domains)
      .map(d => `.${hex(d, 4)}\n`)
      .join('')
  if (domains.size === 0)
    return ascending(adapters)
      .map(a => `${hex(a, 2)}.\n`)
      .join('')
  return ascending(adapters)
    .flatMap(a => ascending(domains).map(d => `${queueName(a, d)}\n`))
    .join('')
}
