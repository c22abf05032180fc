import { hex } from '../../sysfs/lib/hex.ts'

/** An AP queue number: the adapter in the upper byte, the domain in the lower (`ap_qid_t`). */
export type Apqn = number

/** How many there can be. */
export const APQNS = 256 * 256

export function apqn(adapter: number, domain: number): Apqn {
  return (adapter << 8) | domain
}

export function adapterOf(qid: Apqn): number {
  return qid >> 8
}

export function domainOf(qid: Apqn): number {
  return qid & 0xff
}

export function adapterName(adapter: number): string {
  return hex(adapter, 2)
}

export function domainName(domain: number): string {
  return hex(domain, 4)
}

/** `04.0016`. */
export function queueName(qid: Apqn): string {
  return `${adapterName(adapterOf(qid))}.${domainName(domainOf(qid))}`
}

/** The queue of that name; undefined for what is no such name. */
export function parseQueueName(name: string): Apqn | undefined {
  const [, adapter, domain] = /^([0-9a-f]{2})\.00([0-9a-f]{2})$/.exec(name) ?? []
  return adapter === undefined ? undefined : Number.parseInt(adapter + domain!, 16)
}
