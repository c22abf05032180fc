import type { ApBus } from '../ap/bus.ts'
import type { Machine } from '../machine.ts'
import { MatrixDev } from './matrix-dev.ts'
import { VfioApOps } from './ops.ts'

/** Loads vfio_ap: the matrix device with its one type of mdevs, and the driver for queues that the host leaves. */
export function installVfioAp(machine: Machine, bus: ApBus) {
  const dev = new MatrixDev(bus)
  return machine.registerMdevParent({
    device: dev.device,
    driverName: 'vfio_ap_mdev',
    ops: new VfioApOps(dev),
    types: [{ sysfsName: 'passthrough', prettyName: 'VFIO AP Passthrough Device' }],
  })
}
