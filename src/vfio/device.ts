import type { DeviceModel, MigrationFeature } from '../device-model/model.ts'
import type { Class } from '../sysfs/base/class.ts'
import { Device } from '../sysfs/base/device.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Completion, type Task, waitFor } from '../sysfs/lib/completion.ts'
import { createDebugfs } from './debugfs.ts'
import { DeviceFileOps } from './device-file.ts'
import { VfioNode } from './file.ts'
import type { VfioGroup } from './group.ts'
import type { Vfio } from './vfio.ts'

/** What the driver of a vfio device does when it is used: `struct vfio_device_ops`. */
export interface VfioDeviceOps {
  /** The first user; may throw the errno with which open(2) then fails. */
  openDevice?(opener: Caller): void
  /** The last user is gone. */
  closeDevice?(): void
  /** What is behind the file; asked once, when somebody first looks. Without it reads are EINVAL and ioctls ENOTTY. */
  deviceModel?(): DeviceModel
  /** What debugfs shows of it. */
  readonly migration?: MigrationFeature | undefined
}

/** One file that holds a device. */
interface Hold {
  readonly pid: number
  readonly readOnly: boolean
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
  readonly #holds = new Set<Hold>()
  #unused: Completion | undefined
  #fileOps: DeviceFileOps | undefined
  readonly #removeDebugfs: (() => void) | undefined

  constructor(vfio: Vfio, device: Device, group: VfioGroup, ops: VfioDeviceOps) {
    this.#vfio = vfio
    this.device = device
    this.group = group
    this.#ops = ops
    this.#index = vfio.indices.allocate()
    this.#node = vfio.deviceClass && this.#createNode(vfio.deviceClass)
    group.devices.add(this)
    if (ops.migration && vfio.debugfs)
      this.#removeDebugfs = createDebugfs(vfio.debugfs, device.name, ops.migration)
  }

  /** How many files hold it. */
  get users(): number {
    return this.#holds.size
  }

  /** What read, write and ioctl on the file do, while the driver has a model of the device. */
  get fileOps(): DeviceFileOps | undefined {
    const model = this.#fileOps ? undefined : this.#ops.deviceModel?.()
    if (model) this.#fileOps = new DeviceFileOps(model, this.device.kernel.userMemory)
    return this.#fileOps
  }

  /** @returns what lets go again */
  open(opener: Caller, readOnly: boolean): () => void {
    if (this.users === 0) this.#ops.openDevice?.(opener)
    const hold: Hold = { pid: opener.pid, readOnly }
    this.#holds.add(hold)
    return () => this.#close(hold)
  }

  /**
   * `vfio_unregister_group_dev()`: waits until the last user is gone.
   *
   * Who holds the device for reading only, and is an ancestor of the process that wants it gone, is not waited for: it
   * waits itself. libvirtd opens the group to see whether somebody uses it, and keeps it open while mdevctl, which it
   * starts, writes to `remove`; in the kernel an open group holds no device, only a descriptor got from it does.
   */
  *unregister(remover?: number): Task {
    const { vfioDevGoesFirst } = this.device.kernel.release
    if (vfioDevGoesFirst) yield* this.#removeNode()
    if (remover !== undefined) this.#letGoOfAncestors(remover)
    if (this.users > 0) {
      this.#unused = new Completion()
      yield* waitFor(this.#unused)
    }
    if (!vfioDevGoesFirst) yield* this.#removeNode()
    this.#removeDebugfs?.()
    this.group.devices.delete(this)
    this.#vfio.indices.free(this.#index)
  }

  #close(hold: Hold): void {
    if (!this.#holds.delete(hold) || this.users > 0) return
    this.#ops.closeDevice?.()
    this.#unused?.complete()
  }

  #letGoOfAncestors(remover: number): void {
    const { isAncestor } = this.device.kernel
    for (const hold of [...this.#holds]) if (hold.readOnly && isAncestor(hold.pid, remover)) this.#close(hold)
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
