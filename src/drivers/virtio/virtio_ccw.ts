import type { Device } from '../../sysfs/base/device.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { CcwDevice, CcwDriver } from '../cio/device.ts'
import type { ChannelIo } from '../cio/install.ts'
import { type VirtioBus, VirtioDevice } from './device.ts'

/** The control unit type of all virtio devices on channels; the model says which kind it is. */
export const VIRTIO_CU_TYPE = 0x3832

/** virtio_ccw (drivers/s390/virtio/virtio_ccw.c): it sets its devices online by itself. */
export class VirtioCcwDriver extends CcwDriver {
  readonly #virtio: VirtioBus
  readonly #devices = new Map<CcwDevice, VirtioDevice>()

  constructor({ ccw }: ChannelIo, virtio: VirtioBus) {
    super(ccw, 'virtio_ccw', { ids: [{ cuType: VIRTIO_CU_TYPE }] })
    this.#virtio = virtio
  }

  /** `virtio_ccw_auto_online()`, which runs when the device is bound. */
  override bound(device: Device): void {
    if (device instanceof CcwDevice) device.setOnline()
  }

  /** `virtio_ccw_online()`. */
  override setOnline(device: CcwDevice): void {
    const { cuType, cuModel } = device.io.senseId
    const virtio = new VirtioDevice(this.#virtio, device, { device: cuModel, vendor: cuType })
    this.#devices.set(device, virtio)
    virtio.register()
  }

  /** `virtio_ccw_offline()`. */
  override *setOffline(device: CcwDevice): Task {
    const virtio = this.#devices.get(device)
    this.#devices.delete(device)
    if (virtio) yield* virtio.unregister()
  }
}
