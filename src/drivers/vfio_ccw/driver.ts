import type { MdevParent } from '../../mdev/parent.ts'
import type { MigrationModel } from '../../migration/model.ts'
import { Device } from '../../sysfs/base/device.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { CssBus } from '../cio/bus.ts'
import { CssDriver } from '../cio/driver.ts'
import { SUBCHANNEL_TYPE_IO } from '../cio/hardware.ts'
import { Subchannel } from '../cio/subchannel.ts'
import type { Machine } from '../machine.ts'
import { VfioCcwOps } from './ops.ts'

const TYPE = { sysfsName: 'io', prettyName: 'I/O subchannel (Non-QDIO)' }

/** What vfio_ccw has for a subchannel. */
interface Held {
  readonly parent: MdevParent
  /** Since 6.2: a device without bus, `parent`. */
  readonly node: Device | undefined
}

/** The driver vfio_ccw of the css bus: it offers one mdev for each subchannel (drivers/s390/cio/vfio_ccw_drv.c). */
export class VfioCcwDriver extends CssDriver {
  readonly #machine: Machine
  readonly #ops: VfioCcwOps
  readonly #held = new Map<Subchannel, Held>()

  /** @param migration proposed interfaces that its mdevs have */
  constructor(machine: Machine, bus: CssBus, migration?: MigrationModel) {
    super(bus, 'vfio_ccw', SUBCHANNEL_TYPE_IO, machine.module('vfio_ccw'))
    this.#machine = machine
    this.#ops = new VfioCcwOps(migration)
  }

  /** ENODEV for a subchannel that does QDIO. */
  override probe(device: Device): void {
    if (!(device instanceof Subchannel)) return
    super.probe(device)
    if (device.io?.qdio) throw new Errno('ENODEV', `${device.name} does QDIO`)
    const { kernel } = this
    const node = kernel.release.ccwParentChild
      ? new Device(kernel, 'parent', { parent: device }).register()
      : undefined
    const parent = this.#machine.registerMdevParent({
      device,
      driverName: 'vfio_ccw_mdev',
      ops: this.#ops,
      types: [TYPE],
    })
    this.#held.set(device, { parent, node })
  }

  override *release(device: Device): Task {
    if (!(device instanceof Subchannel)) return
    const held = this.#held.get(device)
    this.#held.delete(device)
    if (!held) return
    yield* held.parent.unregister()
    if (held.node) yield* held.node.unregister()
  }
}
