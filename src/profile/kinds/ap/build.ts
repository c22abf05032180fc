import { type AdapterInit, FUNCTIONS } from '../../../drivers/ap/adapter.ts'
import { installAp } from '../../../drivers/ap/install.ts'
import { bits, EMPTY, FULL } from '../../../drivers/ap/mask.ts'
import { installVfioAp } from '../../../drivers/vfio_ap/install.ts'
import type { Site } from '../../kind.ts'
import { migrationModel } from '../../migration.ts'
import type { ApDescription } from './schema.ts'

export const DEFAULT_MAX_ADAPTER = 255
/** As a z14 and later machines have it. */
export const DEFAULT_MAX_DOMAIN = 84

/** The numbers of `04` or `00-ff`. */
export function cardNumbers(ids: string): number[] {
  const [low, high = low] = ids.split('-').map(id => Number.parseInt(id, 16))
  return Array.from({ length: high! - low! + 1 }, (_, i) => low! + i)
}

/** Masks are set before cards are found, so that every queue goes to its owner at once; mdevs come last. */
export function buildAp({ machine }: Site, descriptions: readonly ApDescription[]): void {
  for (const description of descriptions) {
    const bus = installAp(machine.kernel, {
      maxAdapter: description.max_adapter ?? DEFAULT_MAX_ADAPTER,
      maxDomain: description.max_domain ?? DEFAULT_MAX_DOMAIN,
      usageDomains: description.usage_domains,
      controlDomains: description.control_domains ?? description.usage_domains,
      qci: true,
      facilities: description.facilities ?? ['APSC', 'APXA'],
      interrupts: description.interrupts ?? true,
      sclpConfigure: description.sclp_configure ?? true,
    })
    bus.apm = description.apmask ?? FULL
    bus.aqm = description.aqmask ?? FULL
    bus.selectDomain()
    const migration = description.migration && migrationModel(description.migration)
    const vfioAp = (description.vfio_ap ?? true) ? installVfioAp(machine, bus, migration) : undefined
    bus.plug(adapters(description))
    for (const [uuid, matrix] of Object.entries(description.mdevs ?? {})) {
      const assigned = vfioAp!.create(uuid)
      for (const [part, mask = EMPTY] of [
        ['apm', matrix.adapters],
        ['aqm', matrix.domains],
        ['adm', matrix.control_domains],
      ] as const)
        for (const id of bits(mask)) assigned.assign(part, id)
    }
  }
}

function adapters({ cards }: ApDescription): AdapterInit[] {
  return Object.entries(cards).flatMap(([ids, card]) => {
    const { type, serialnr, mkvps } = card
    const init: Omit<AdapterInit, 'id'> = {
      rawType: type.rawType,
      functions: card.functions ?? FUNCTIONS[type.mode],
      ...(card.depth !== undefined && { depth: card.depth }),
      ...(card.max_msg_size !== undefined && { maxMsgSize: card.max_msg_size }),
      ...(card.configured !== undefined && { configured: card.configured }),
      ...(card.checkstopped !== undefined && { checkstopped: card.checkstopped }),
      ...(serialnr !== undefined && { serialnr }),
      ...(card.api_ordinalnr !== undefined && { apiOrdinal: card.api_ordinalnr }),
      ...(card.fw_version !== undefined && { firmware: card.fw_version }),
      ...(card.op_modes !== undefined && { opModes: card.op_modes }),
      ...(mkvps !== undefined && { mkvps }),
    }
    return cardNumbers(ids).map(id => ({ ...init, id }))
  })
}
