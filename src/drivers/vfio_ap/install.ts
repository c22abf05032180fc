import type { MdevParent } from '../../mdev/parent.ts'
import type { MigrationModel } from '../../migration/model.ts'
import type { ApBus } from '../ap/bus.ts'
import type { Machine } from '../machine.ts'
import { MatrixDev } from './matrix-dev.ts'
import type { ApMatrixMdev } from './matrix-mdev.ts'
import { VfioApOps } from './ops.ts'

/** vfio_ap as it was loaded. */
export class VfioAp {
  readonly parent: MdevParent
  readonly #ops: VfioApOps

  constructor(parent: MdevParent, ops: VfioApOps) {
    this.parent = parent
    this.#ops = ops
  }

  /** A new matrix mdev, of which nothing is assigned yet. */
  create(uuid: string): ApMatrixMdev {
    return this.#ops.matrix(this.parent.create(this.parent.types[0]!, uuid))
  }
}

/** Loads vfio_ap: the matrix device with its one type of mdevs, and the driver for queues that the host leaves. */
export function installVfioAp(machine: Machine, bus: ApBus, migration?: MigrationModel): VfioAp {
  const dev = new MatrixDev(bus)
  const ops = new VfioApOps(dev, migration)
  const parent = machine.registerMdevParent({
    device: dev.device,
    driverName: 'vfio_ap_mdev',
    ops,
    types: [{ sysfsName: 'passthrough', prettyName: 'VFIO AP Passthrough Device' }],
  })
  return new VfioAp(parent, ops)
}
