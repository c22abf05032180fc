import { adapterName, domainName } from '../../../drivers/ap/apqn.ts'
import { andNot, bit, bits, EMPTY, FULL, has, type Mask, maskOf } from '../../../drivers/ap/mask.ts'
import type { ComplainOf, Described, Kind } from '../../kind.ts'
import { buildAp, cardNumbers, DEFAULT_MAX_ADAPTER, DEFAULT_MAX_DOMAIN } from './build.ts'
import { type ApDescription, address, schema } from './schema.ts'

/** The AP bus: crypto cards, their queues, and vfio_ap. */
export const ap: Kind = { key: 'ap', address, schema, check, build: buildAp }

function check(devices: readonly Described[], complain: ComplainOf): void {
  for (const device of devices) {
    const description = device.description as ApDescription
    const cards = checkCards(device, description, complain)
    checkDomains(device, description, complain)
    checkMdevs(device, description, cards, complain)
  }
}

function checkCards(device: Described, { cards, max_adapter }: ApDescription, complain: ComplainOf): Mask {
  const last = max_adapter ?? DEFAULT_MAX_ADAPTER
  let known = EMPTY
  for (const ids of Object.keys(cards)) {
    const numbers = cardNumbers(ids)
    if (numbers.length === 0) complain(device, ['cards', ids], `the range ${ids} runs backwards`)
    for (const id of numbers) {
      if (id > last) complain(device, ['cards', ids], `card${adapterName(id)} is beyond max_adapter, ${last}`)
      if (has(known, id)) complain(device, ['cards', ids], `card${adapterName(id)} is described twice`)
      known |= bit(id)
    }
  }
  return known
}

function checkDomains(device: Described, description: ApDescription, complain: ComplainOf): void {
  const last = description.max_domain ?? DEFAULT_MAX_DOMAIN
  const possible = maskOf(Array.from({ length: last + 1 }, (_, n) => n))
  for (const key of ['usage_domains', 'control_domains'] as const) {
    const [beyond] = bits(andNot(description[key] ?? EMPTY, possible))
    if (beyond !== undefined) complain(device, [key], `domain ${beyond} is beyond max_domain, ${last}`)
  }
}

/** Queues of an mdev are there, are not the host's, and are no other mdev's. */
function checkMdevs(device: Described, description: ApDescription, cards: Mask, complain: ComplainOf): void {
  const { apmask = FULL, aqmask = FULL, usage_domains, vfio_ap = true } = description
  const last = description.max_domain ?? DEFAULT_MAX_DOMAIN
  const seen: { uuid: string; adapters: Mask; domains: Mask }[] = []
  for (const [uuid, matrix] of Object.entries(description.mdevs ?? {})) {
    const { adapters = EMPTY, domains = EMPTY, control_domains = EMPTY } = matrix
    const at = (key: string) => ['mdevs', uuid, key]
    if (!vfio_ap) complain(device, ['mdevs', uuid], 'there are no mdevs without vfio_ap')
    const [card] = bits(andNot(adapters, cards))
    if (card !== undefined) complain(device, at('adapters'), `there is no card${adapterName(card)}`)
    const [domain] = bits(andNot(domains, usage_domains))
    if (domain !== undefined)
      complain(device, at('domains'), `domain ${domain} is none of usage_domains, so it has no queues`)
    const control = bits(control_domains).find(id => id > last)
    if (control !== undefined)
      complain(device, at('control_domains'), `domain ${control} is beyond max_domain, ${last}`)
    const [hostCard] = bits(adapters & cards & apmask)
    const [hostDomain] = bits(domains & usage_domains & aqmask)
    if (hostCard !== undefined && hostDomain !== undefined) {
      const queue = `${adapterName(hostCard)}.${domainName(hostDomain)}`
      complain(device, ['mdevs', uuid], `${queue} is the host's; take it out of apmask or aqmask`)
    }
    const other = seen.find(
      each => (each.adapters & adapters) !== EMPTY && (each.domains & domains) !== EMPTY,
    )
    if (other) complain(device, ['mdevs', uuid], `${other.uuid} has one of its queues already`)
    seen.push({ uuid, adapters, domains })
  }
}
