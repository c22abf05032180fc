import { attrRO, attrRW, EntryTable } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { Mode } from './adapter.ts'
import { parseSwitch, printFlag, printFunctions } from './attribute.ts'
import type { ApQueue } from './queue.ts'

const RESET_TEXT = {
  reset: 'Reset in progress.\n',
  setirq: 'No Reset Timer set.\n',
  idle: 'No Reset Timer set.\n',
}

function interrupt(queue: ApQueue): string {
  if (queue.resetState === 'setirq') return 'Enable Interrupt pending.\n'
  const enabled = queue.operating && queue.card.apBus.info.interrupts
  return enabled ? 'Interrupts enabled.\n' : 'Interrupts disabled.\n'
}

const since61 = { present: (queue: ApQueue) => queue.kernel.release.apBindings }
const since612 = { present: (queue: ApQueue) => queue.kernel.release.apFeatures }

/** drivers/s390/crypto/ap_queue.c. A queue that no driver of the host has counts no requests and says `-`. */
export const queueTable = new EntryTable<ApQueue>([
  attrRO('ap_functions', ({ card }) => printFunctions(card.adapter), since612),
  attrRO('chkstop', ({ card }) => printFlag(card.queueCheckstop), since61),
  attrRO('config', ({ card }) => printFlag(card.queueConfig)),
  attrRO('interrupt', interrupt),
  attrRO('pendingq_count', () => '0\n'),
  attrRO('requestq_count', () => '0\n'),
  attrRW(
    'request_count',
    queue => (queue.operating ? `${queue.requests}\n` : '-\n'),
    queue => {
      queue.requests = 0
    },
  ),
  attrRW(
    'reset',
    queue => RESET_TEXT[queue.resetState],
    queue => queue.reset(),
  ),
])

/**
 * `online_store()` of a queue (zcrypt_queue.c): EINVAL unless 0 or 1; to switch on, ENODEV while the queue or the card
 * is deconfigured or checkstopped, EINVAL while the card is offline.
 */
function onlineStore(queue: ApQueue, buf: string): void {
  const online = parseSwitch(buf)
  const { card } = queue
  if (online && !(card.queueConfig && card.config && !card.queueCheckstop && !card.checkstop))
    throw new Errno('ENODEV')
  if (online && !card.online) throw new Errno('EINVAL', `${card.name} is offline`)
  queue.online = online
  card.apBus.tell(queue, `ONLINE=${online ? 1 : 0}`)
}

/** `- -` where the card did not answer. */
const UNKNOWN_KEYS = {
  cca: ['AES', 'APKA', 'ASYM'].map(key => `${key} NEW: - -\n${key} CUR: - -\n${key} OLD: - -\n`).join(''),
  ep11: 'WK CUR: - -\nWK NEW: - -\n',
}

/** Up to 5.10 nobody asked for the ASYM keys. */
function masterKeys(queue: ApQueue, mode: 'cca' | 'ep11'): string {
  queue.card.ask(queue)
  const text = queue.card.adapter.answers.mkvps ?? UNKNOWN_KEYS[mode]
  return queue.kernel.release.apBindings ? text : text.replace(/^ASYM .*\n/gm, '')
}

const zcryptQueueTable = new EntryTable<ApQueue>([
  attrRO('load', () => '0\n'),
  attrRW('online', queue => printFlag(queue.isOnline), onlineStore),
])

const ccaQueueTable = new EntryTable<ApQueue>([attrRO('mkvps', queue => masterKeys(queue, 'cca'))])

const ep11QueueTable = new EntryTable<ApQueue>([
  attrRO('mkvps', queue => masterKeys(queue, 'ep11')),
  attrRO('op_modes', queue => {
    queue.card.ask(queue)
    return `${queue.card.adapter.answers.opModes ?? ''}\n`
  }),
])

/** What a queue shows while cex4queue has it (zcrypt_queue.c, zcrypt_cex4.c). */
export const zcryptQueueTables: { readonly [M in Mode]: readonly EntryTable<never>[] } = {
  accel: [zcryptQueueTable],
  cca: [zcryptQueueTable, ccaQueueTable],
  ep11: [zcryptQueueTable, ep11QueueTable],
}
