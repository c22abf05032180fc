import { attrRO, attrRW, EntryTable } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtobool, kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import { sscanf } from '../../sysfs/lib/vsprintf.ts'
import { printFlag } from './attribute.ts'
import type { ApBus } from './bus.ts'
import { andNot, has, type Mask, maskOf, parseMask, printMask } from './mask.ts'

/** The masks of PQAP(QCI). */
function qciMask(bus: ApBus, mask: Mask): string {
  return bus.info.qci ? `${printMask(mask)}\n` : 'not supported\n'
}

/** `ap_domain_store()`: EINVAL unless a number (`%i`) up to the last domain, and in aqmask. */
function domainStore(bus: ApBus, buf: string): void {
  const [domain] = sscanf(buf, '%i\n')
  if (domain === undefined || domain < 0 || domain > bus.info.maxDomain || !has(bus.aqm, domain))
    throw new Errno('EINVAL')
  bus.defaultDomain = domain
}

/** Seconds from 5 to 120, otherwise EINVAL. */
function configTimeStore(bus: ApBus, buf: string): void {
  const [time] = sscanf(buf, '%d\n')
  if (time === undefined || time < 5 || time > 120) throw new Errno('EINVAL')
  bus.configTime = time
}

/** The thread does not run where there are interrupts. */
function pollThreadStore(bus: ApBus, buf: string): void {
  const [flag] = bus.kernel.release.apKstrtoPoll ? [kstrtobool(buf)] : sscanf(buf, '%d\n')
  if (flag === undefined) throw new Errno('EINVAL')
  bus.pollThread = Boolean(flag) && !bus.info.interrupts
}

/** 120 seconds in nanoseconds. */
const MAX_POLL_TIMEOUT = 120_000_000_000n

/** EINVAL beyond 120 seconds; before 6.12 also for 0, and what follows the number is ignored. */
function pollTimeoutStore(bus: ApBus, buf: string): void {
  const kstrto = bus.kernel.release.apKstrtoPoll
  const [time] = kstrto ? [kstrtoul(buf, 0)] : sscanf(buf, '%llu\n')
  if (time === undefined || time > MAX_POLL_TIMEOUT || (time === 0n && !kstrto)) throw new Errno('EINVAL')
  bus.pollTimeout = time
}

/**
 * `apmask_store()` and `aqmask_store()`: EINVAL for bad syntax; since 5.16 EBUSY where a queue in use by another driver
 * would become the host's. Queues change hands before the event, which carries the newline of the attribute.
 */
function maskStore(bus: ApBus, which: 'apm' | 'aqm', buf: string): void {
  const old = bus[which]
  const mask = parseMask(buf, old)
  if (mask === old) return
  const { release } = bus.kernel
  const added = andNot(mask, old)
  if (release.apMaskGuarded && added !== 0n) {
    const [apm, aqm] = which === 'apm' ? [added, bus.aqm] : [bus.apm, added]
    if (bus.apDrivers().some(driver => !driver.isDefault && driver.inUse(apm, aqm))) throw new Errno('EBUSY')
  }
  bus[which] = mask
  const changed = mask ^ old
  if (which === 'apm') bus.reviseBindings(changed, bus.aqm)
  else bus.reviseBindings(bus.apm, changed)
  bus.tell(bus.root, `${which === 'apm' ? 'APMASK' : 'AQMASK'}=${printMask(mask)}\n`)
}

function bindings({ boundCount, queueCount }: ApBus): string {
  return `${boundCount}/${queueCount}${boundCount === queueCount ? ' (complete)' : ''}\n`
}

function adapterMask(bus: ApBus): Mask {
  return maskOf(bus.adapters.keys())
}

const since61 = { present: (bus: ApBus) => bus.kernel.release.apBindings }
const since612 = { present: (bus: ApBus) => bus.kernel.release.apFeatures }

/** drivers/s390/crypto/ap_bus.c `ap_bus_groups`. */
export const busTable = new EntryTable<ApBus>([
  attrRO('ap_adapter_mask', bus => qciMask(bus, adapterMask(bus))),
  attrRO('ap_control_domain_mask', bus => qciMask(bus, bus.info.controlDomains)),
  attrRO('ap_usage_domain_mask', bus => qciMask(bus, bus.info.usageDomains)),
  attrRW('ap_domain', bus => `${bus.defaultDomain}\n`, domainStore),
  attrRO('ap_interrupts', bus => printFlag(bus.info.interrupts)),
  attrRO('ap_max_adapter_id', bus => `${bus.info.maxAdapter}\n`),
  attrRO('ap_max_domain_id', bus => `${bus.info.maxDomain}\n`),
  attrRW(
    'apmask',
    bus => `${printMask(bus.apm)}\n`,
    (bus, buf) => maskStore(bus, 'apm', buf),
  ),
  attrRW(
    'aqmask',
    bus => `${printMask(bus.aqm)}\n`,
    (bus, buf) => maskStore(bus, 'aqm', buf),
  ),
  attrRO('bindings', bindings, since61),
  attrRW('config_time', bus => `${bus.configTime}\n`, configTimeStore),
  attrRO('features', ({ info }) => `${info.qci ? info.facilities.join(' ') : '-'}\n`, since612),
  attrRW('poll_thread', bus => printFlag(bus.pollThread), pollThreadStore),
  attrRW('poll_timeout', bus => `${bus.pollTimeout}\n`, pollTimeoutStore),
  attrRW(
    'scans',
    bus => `${bus.scans}\n`,
    bus => bus.scan(),
    since61,
  ),
])
