import { attrRO, attrRW, EntryTable } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { type Mode, TYPE_CEX4 } from './adapter.ts'
import { parseSwitch, printFlag, printFunctions } from './attribute.ts'
import type { ApCard } from './card.ts'

/**
 * `config_store()`: EINVAL unless 0 or 1, EOPNOTSUPP where SCLP can not; every write that is taken is told. Its queues follow
 * with the next scan. Where nobody can force one (no `scans`), the periodic one comes at once.
 */
function configStore(card: ApCard, buf: string): void {
  const config = parseSwitch(buf)
  if (!card.apBus.info.sclpConfigure) throw new Errno('EOPNOTSUPP')
  card.adapter.configured = config
  card.config = config
  card.apBus.tell(card, `CONFIG=${config ? 1 : 0}`)
  if (!card.kernel.release.apBindings) card.apBus.scan()
}

/** Resets the counts of the card's queues too. */
function requestCountStore(card: ApCard): void {
  for (const queue of card.touched()) queue.requests = 0
  card.requests = 0
}

const since61 = { present: (card: ApCard) => card.kernel.release.apBindings }

/** drivers/s390/crypto/ap_card.c. */
export const cardTable = new EntryTable<ApCard>([
  attrRO('ap_functions', ({ adapter }) => printFunctions(adapter)),
  attrRO('chkstop', ({ checkstop }) => printFlag(checkstop), since61),
  attrRW('config', ({ config }) => printFlag(config), configStore),
  attrRO('depth', ({ adapter, kernel }) => `${adapter.depth - (kernel.release.apWholeDepth ? 0 : 1)}\n`),
  attrRO('hwtype', ({ hwtype }) => `${hwtype}\n`),
  attrRO('max_msg_size', ({ adapter }) => `${adapter.maxMsgSize}\n`, since61),
  attrRO('modalias', ({ modalias }) => `${modalias}\n`),
  attrRO('pendingq_count', () => '0\n'),
  attrRO('raw_hwtype', ({ adapter }) => `${adapter.rawType}\n`),
  attrRW('request_count', ({ requests }) => `${requests}\n`, requestCountStore),
  attrRO('requestq_count', () => '0\n'),
])

/**
 * `online_store()` of a card (zcrypt_card.c): EINVAL unless 0 or 1; ENODEV to switch on a card that is deconfigured or
 * checkstopped. The card tells every write, its queues what really changed.
 */
function onlineStore(card: ApCard, buf: string): void {
  const online = parseSwitch(buf)
  if (online && !(card.config && !card.checkstop)) throw new Errno('ENODEV')
  card.online = online
  card.apBus.tell(card, `ONLINE=${online ? 1 : 0}`)
  card.forceOnline(online)
}

const LETTER: { readonly [M in Mode]: string } = { accel: 'A', cca: 'C', ep11: 'P' }

/** CEX8C and the like. */
function type({ hwtype, adapter }: ApCard): string {
  return `CEX${hwtype - TYPE_CEX4 + 4}${LETTER[adapter.mode]}\n`
}

const zcryptCardTable = new EntryTable<ApCard>([
  attrRO('load', () => '0\n'),
  attrRW('online', card => printFlag(card.isOnline), onlineStore),
  attrRO('type', type),
])

/** CCA is asked in the default domain, EP11 in whichever has time. */
function answer(card: ApCard, what: 'serialnr' | 'apiOrdinal' | 'firmware' | 'opModes'): string {
  const domain = card.apBus.defaultDomain
  if (card.adapter.mode === 'ep11') card.ask(card.leastUsed)
  else if (domain >= 0) card.ask(card.queue(domain))
  return `${card.adapter.answers[what] ?? ''}\n`
}

const ccaCardTable = new EntryTable<ApCard>([attrRO('serialnr', card => answer(card, 'serialnr'))])

const ep11CardTable = new EntryTable<ApCard>([
  attrRO('API_ordinalnr', card => answer(card, 'apiOrdinal')),
  attrRO('FW_version', card => answer(card, 'firmware')),
  attrRO('op_modes', card => answer(card, 'opModes')),
  attrRO('serialnr', card => answer(card, 'serialnr')),
])

/** What a card shows while cex4card has it (zcrypt_card.c, zcrypt_cex4.c). */
export const zcryptCardTables: { readonly [M in Mode]: readonly EntryTable<never>[] } = {
  accel: [zcryptCardTable],
  cca: [zcryptCardTable, ccaCardTable],
  ep11: [zcryptCardTable, ep11CardTable],
}
