import { BusType } from '../../sysfs/base/bus.ts'
import { Device } from '../../sysfs/base/device.ts'
import { DeviceDriver } from '../../sysfs/base/driver.ts'
import { attrRO, EntryTable } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { Apqn } from '../ap/apqn.ts'
import type { ApBus } from '../ap/bus.ts'
import { andNot, type Mask, maskOf } from '../ap/mask.ts'
import { VfioApDriver } from './driver.ts'
import type { ApMatrixMdev, Matrix, MatrixPart } from './matrix-mdev.ts'

const featuresTable = new EntryTable<Device>([
  attrRO('features', () => 'guest_matrix hotplug ap_config\n', {
    present: device => device.kernel.release.apFeatures,
  }),
])

class MatrixDevice extends Device {
  protected override groups(): readonly EntryTable<never>[] {
    return [featuresTable]
  }
}

/** /sys/devices/vfio_ap/matrix and the mdevs below it: `struct ap_matrix_dev` (drivers/s390/crypto/vfio_ap_drv.c). */
export class MatrixDev {
  readonly bus: ApBus
  readonly device: Device
  readonly driver: VfioApDriver
  readonly mdevs = new Set<ApMatrixMdev>()
  /** The adapters of the host. */
  #adapters: Mask

  constructor(bus: ApBus) {
    const { kernel } = bus
    this.bus = bus
    this.#adapters = maskOf(bus.adapters.keys())
    const root = new Device(kernel, 'vfio_ap', {}).register()
    const matrixBus = new BusType(kernel, 'matrix')
    this.device = new MatrixDevice(kernel, 'matrix', { parent: root, bus: matrixBus }).register()
    new DeviceDriver(matrixBus, 'vfio_ap', { suppressBindAttrs: true }).register()
    this.driver = new VfioApDriver(bus, this).register()
  }

  /** The crypto configuration of the host, from PQAP(QCI). */
  readonly configuration = (): Matrix => {
    const { usageDomains, controlDomains } = this.bus.info
    return { apm: this.#adapters, aqm: usageDomains, adm: controlDomains }
  }

  /** The greatest number that can be assigned. */
  maximum(part: MatrixPart): number {
    return part === 'apm' ? this.bus.info.maxAdapter : this.bus.info.maxDomain
  }

  /** Everything that can be assigned. */
  possible(part: MatrixPart): Mask {
    return maskOf(Array.from({ length: this.maximum(part) + 1 }, (_, n) => n))
  }

  /** The mdev that has the queue in its matrix. */
  mdevOf(qid: Apqn): ApMatrixMdev | undefined {
    for (const mdev of this.mdevs) if (mdev.assigned(qid)) return mdev
    return undefined
  }

  /** An mdev that has a queue of the cross product. */
  sharing(apm: Mask, aqm: Mask, except?: ApMatrixMdev): ApMatrixMdev | undefined {
    for (const each of this.mdevs)
      if (each !== except && (each.matrix.apm & apm) !== 0n && (each.matrix.aqm & aqm) !== 0n) return each
    return undefined
  }

  /** `vfio_ap_mdev_verify_no_sharing()`: EADDRINUSE where another mdev has a queue of the cross product. */
  verifyNoSharing(apm: Mask, aqm: Mask, own: ApMatrixMdev): void {
    const other = this.sharing(apm, aqm, own)
    if (other) throw new Errno('EADDRINUSE', `${other.mdev.name} has one of the queues`)
  }

  /** `vfio_ap_on_cfg_changed()`. */
  hostChanged(adapters: Mask): void {
    const added = andNot(adapters, this.#adapters)
    const removed = andNot(this.#adapters, adapters)
    this.#adapters = adapters
    for (const mdev of this.mdevs) mdev.hostChanged(added, removed)
  }
}
