import type { MdevOps } from '../../mdev/ops.ts'
import type { MdevParent } from '../../mdev/parent.ts'
import { Device } from '../../sysfs/base/device.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { CssBus } from '../cio/css.ts'
import { CssDriver } from '../cio/driver.ts'
import { SUBCHANNEL_TYPE_IO } from '../cio/hardware.ts'
import { Subchannel } from '../cio/subchannel.ts'
import type { Machine } from '../machine.ts'

/** One mdev a subchannel. Up to 5.10 the driver counted itself, and said EPERM. */
const OPS: MdevOps = {
  deviceApi: 'vfio-ccw',
  instances: { limit: 1, refusal: 'EPERM' },
  deviceGroups: () => [],
}

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
  readonly #held = new Map<Subchannel, Held>()

  constructor(machine: Machine, bus: CssBus) {
    super(bus, 'vfio_ccw', SUBCHANNEL_TYPE_IO, machine.module('vfio_ccw'))
    this.#machine = machine
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
      ops: OPS,
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
