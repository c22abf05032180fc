import type { Mdev } from '../../mdev/device.ts'
import { attrRO, attrRW, attrWO, EntryTable, type TextAttribute } from '../../sysfs/kernfs/table.ts'
import { cString } from '../../sysfs/lib/ctype.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import { domainName } from '../ap/apqn.ts'
import { bits, parseAbsolute, printMask } from '../ap/mask.ts'
import { type Matrix, type MatrixPart, printMatrix } from './matrix-mdev.ts'
import type { VfioApOps } from './ops.ts'

const NAMES: { readonly [P in MatrixPart]: string } = {
  apm: 'adapter',
  aqm: 'domain',
  adm: 'control_domain',
}

/** `0x<64 digits>,0x<64 digits>,0x<64 digits>`: adapters, domains, control domains. */
function printConfig({ apm, aqm, adm }: Matrix): string {
  return `${[apm, aqm, adm].map(printMask).join(',')}\n`
}

/** Three masks, ended by commas or newlines; what follows is ignored. EINVAL where one is missing or no mask. */
function parseConfig(buf: string): Matrix {
  const [apm, aqm, adm] = cString(buf).split(/[,\n]/, 3)
  if (adm === undefined) throw new Errno('EINVAL')
  return { apm: parseAbsolute(apm!), aqm: parseAbsolute(aqm!), adm: parseAbsolute(adm) }
}

/** What a matrix mdev shows, all in its own directory (`vfio_ap_mdev_attrs`). */
export function mdevTable(ops: VfioApOps): EntryTable<Mdev> {
  /** ENODEV beyond the maximum. */
  const parseId = (part: MatrixPart, buf: string): number => {
    const id = kstrtoul(buf, 0)
    if (id > BigInt(ops.dev.maximum(part))) throw new Errno('ENODEV')
    return Number(id)
  }
  /** Up to 5.10 the matrix of a running guest does not change, EBUSY, whatever is written. */
  const isPluggable = (mdev: Mdev): boolean => {
    const hotplug = mdev.kernel.release.apGuestMatrix
    if (!hotplug && ops.matrix(mdev).inUse) throw new Errno('EBUSY', `a guest has ${mdev.name}`)
    return hotplug
  }
  const assign = (part: MatrixPart) =>
    attrWO<Mdev>(`assign_${NAMES[part]}`, (mdev, buf) => {
      if (isPluggable(mdev)) ops.matrix(mdev).assign(part, parseId(part, buf))
      else ops.matrix(mdev).assignBound(part, parseId(part, buf))
    })
  const unassign = (part: MatrixPart) =>
    attrWO<Mdev>(`unassign_${NAMES[part]}`, (mdev, buf) => {
      isPluggable(mdev)
      ops.matrix(mdev).unassign(part, parseId(part, buf))
    })
  const controlDomains: TextAttribute<Mdev> = attrRO('control_domains', mdev =>
    bits(ops.matrix(mdev).matrix.adm)
      .map(domain => `${domainName(domain)}\n`)
      .join(''),
  )
  const parts = ['apm', 'aqm', 'adm'] as const
  return new EntryTable<Mdev>([
    ...parts.map(assign),
    ...parts.map(unassign),
    controlDomains,
    attrRO('matrix', mdev => printMatrix(ops.matrix(mdev).matrix)),
    attrRO('guest_matrix', mdev => printMatrix(ops.matrix(mdev).guest), {
      present: mdev => mdev.kernel.release.apGuestMatrix,
    }),
    attrRW(
      'ap_config',
      mdev => printConfig(ops.matrix(mdev).matrix),
      (mdev, buf) => ops.matrix(mdev).configure(parseConfig(buf)),
      { present: mdev => mdev.kernel.release.apConfig },
    ),
  ])
}
