import type { Class } from '../sysfs/base/class.ts'
import { Device } from '../sysfs/base/device.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Completion, type Task, waitFor } from '../sysfs/lib/completion.ts'
import { VfioNode } from './file.ts'
import type { VfioGroup } from './group.ts'
import type { Vfio } from './vfio.ts'

/** What the driver of a vfio device does when it is used: `struct vfio_device_ops`. */
export interface VfioDeviceOps {
  /** The first user; may throw the errno with which open(2) then fails. */
  openDevice?(opener: Caller): void
  /** The last user is gone. */
  closeDevice?(): void
}

/**
 * A device handed to user space: `struct vfio_device`, with its directory `vfio-dev/vfioN` below the device itself where
 * the release has that class (drivers/vfio/vfio_main.c).
 */
export class VfioDevice {
  readonly device: Device
  readonly group: VfioGroup
  readonly #vfio: Vfio
  readonly #ops: VfioDeviceOps
  readonly #index: number
  readonly #node: Device | undefined
  #users = 0
  #unused: Completion | undefined

  constructor(vfio: Vfio, device: Device, group: VfioGroup, ops: VfioDeviceOps) {
    this.#vfio = vfio
    this.device = device
    this.group = group
    this.#ops = ops
    this.#index = vfio.indices.allocate()
    this.#node = vfio.deviceClass && this.#createNode(vfio.deviceClass)
    group.devices.add(this)
  }

  /** How many files hold it. */
  get users(): number {
    return this.#users
  }

  open(opener: Caller): void {
    if (this.#users === 0) this.#ops.openDevice?.(opener)
    this.#users++
  }

  close(): void {
    this.#users--
    if (this.#users > 0) return
    this.#ops.closeDevice?.()
    this.#unused?.complete()
  }

  /** `vfio_unregister_group_dev()`: waits until the last user is gone. */
  *unregister(): Task {
    const { vfioDevGoesFirst } = this.device.kernel.release
    if (vfioDevGoesFirst) yield* this.#removeNode()
    if (this.#users > 0) {
      this.#unused = new Completion()
      yield* waitFor(this.#unused)
    }
    if (!vfioDevGoesFirst) yield* this.#removeNode()
    this.group.devices.delete(this)
    this.#vfio.indices.free(this.#index)
  }

  #createNode(deviceClass: Class): Device {
    const { kernel } = this.device
    const name = `vfio${this.#index}`
    const cdev = {
      devt: { major: this.#vfio.cdevMajor, minor: this.#index },
      devnode: {
        path: `vfio/devices/${name}`,
        mode: 0o600,
        make: (file: string, ino: number, parent: Directory) => new VfioNode(file, ino, parent, 0o600, this),
      },
    }
    const init = { parent: this.device, class: deviceClass, ...(kernel.release.vfioCdev && cdev) }
    return new Device(kernel, name, init).register()
  }

  *#removeNode(): Task {
    if (this.#node) yield* this.#node.unregister()
  }
}
