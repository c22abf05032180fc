import type { Mdev } from '../../mdev/device.ts'
import { attrRO, attrRW, type GroupEntry, group } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import type { DeclarativeOps } from './ops.ts'

/**
 * `mdev/` as the final patch of mdev aggregation had it (posted April 2020, in no release;
 * docs/reference/kernel-semantics.md 3.4 d): several instances of a type taken together as one device.
 */
export function aggregationGroup(ops: DeclarativeOps): GroupEntry<Mdev> {
  const current = (mdev: Mdev): number => {
    const { model } = ops.instance(mdev)
    return model.aggregates ? ops.instance(mdev).factor(model.aggregates[0]!) : 0
  }
  /** What is left and what the device has itself; 0 for a type that can not aggregate. */
  const maximum = (mdev: Mdev): number =>
    current(mdev) === 0 ? 0 : ops.available(mdev.mdevType) + current(mdev)

  /**
   * EINVAL for no number, zero, an open device, a type that can not, or more than there is; the number that it has
   * already, or 1 for a type that can not, is no change and always taken.
   */
  const store = (mdev: Mdev, buf: string): void => {
    const count = kstrtoul(buf, 0)
    if (count === 0n) throw new Errno('EINVAL')
    if (count === BigInt(Math.max(current(mdev), 1))) return
    const instance = ops.instance(mdev)
    if (instance.open) throw new Errno('EINVAL', `${mdev.name} is open`)
    if (count > maximum(mdev)) throw new Errno('EINVAL', `${count} exceeds ${maximum(mdev)}`)
    instance.multiply(instance.model.aggregates!, Number(count))
  }

  return group('mdev', [
    attrRO('max_aggregation', mdev => `${maximum(mdev)}\n`),
    attrRW('aggregated_instances', mdev => `${current(mdev)}\n`, store),
  ])
}
