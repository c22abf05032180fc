import { deviceDriverAttach } from '../sysfs/base/dd.ts'
import type { Device } from '../sysfs/base/device.ts'
import type { DeviceDriver } from '../sysfs/base/driver.ts'
import { start, type Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { MdevBus } from './bus.ts'
import { Mdev } from './device.ts'
import type { MdevOps } from './ops.ts'
import { MdevType, type MdevTypeInit } from './type.ts'

export interface MdevParentInit {
  readonly bus: MdevBus
  /** The device that offers types. */
  readonly device: Device
  readonly ops: MdevOps
  /** The driver on the mdev bus that `create` binds to, where each vendor driver has its own (6.1 and later). */
  readonly driver: DeviceDriver
  readonly types: readonly MdevTypeInit[]
}

/** A device that offers mdev types: `struct mdev_parent` (drivers/vfio/mdev/mdev_core.c). */
export class MdevParent {
  readonly device: Device
  readonly ops: MdevOps
  readonly types: readonly MdevType[]
  /** Instances counted by the core: an mdev counts until it is gone, whether its driver holds it or not. */
  used = 0
  unregistering = false
  readonly #bus: MdevBus
  readonly #driver: DeviceDriver

  /** `mdev_register_parent()`: types appear, then the link in /sys/class/mdev_bus, then the event. */
  constructor({ bus, device, ops, driver, types }: MdevParentInit) {
    this.#bus = bus
    this.#driver = driver
    this.device = device
    this.ops = ops
    const directory = device.mkdir('mdev_supported_types')
    this.types = types.map(init => new MdevType(this, directory, init))
    bus.compatClass.symlink(device.name, device)
    device.uevent('change', ['MDEV_STATE=registered'])
  }

  /** Its mdevs that are there. */
  mdevs(): Mdev[] {
    return [...this.#bus.mdevs.values()].filter(mdev => mdev.mdevType.supports === this)
  }

  /**
   * `mdev_unregister_parent()`: every mdev is removed, one after the other, waiting for users where there are any; then
   * the types go, then the event.
   */
  *unregister(): Task {
    this.unregistering = true
    this.#bus.compatClass.remove(this.device.name)
    for (const mdev of this.mdevs()) {
      if (!mdev.live) continue
      mdev.live = false
      yield* this.remove(mdev)
    }
    this.device.remove('mdev_supported_types')
    this.device.uevent('change', ['MDEV_STATE=unregistered'])
  }

  /**
   * `mdev_device_create()`: EEXIST where any parent has a device of that UUID; EUSERS where the core counts and none is
   * left; ENODEV while the parent goes; then whatever the driver refuses with.
   */
  create(type: MdevType, uuid: string): Mdev {
    const { ops } = this
    const { release } = this.device.kernel
    if (this.#bus.mdevs.has(uuid)) throw new Errno('EEXIST', `${uuid} exists`)
    const exhausted = ops.instances !== undefined && this.used >= ops.instances.limit
    if (exhausted && release.coreInstanceCount) throw new Errno('EUSERS', `no ${type.name} left`)
    if (this.unregistering) throw new Errno('ENODEV', `${this.device.name} is going`)
    const mdev = new Mdev(type, this.#bus, uuid)
    this.#bus.mdevs.set(uuid, mdev)
    this.used++
    try {
      if (!release.createInProbe) {
        if (exhausted) throw new Errno(ops.instances!.refusal, `no ${type.name} left`)
        ops.create?.(mdev)
      }
      mdev.register()
      if (release.createInProbe) this.#bind(mdev)
    } catch (error) {
      this.#forget(mdev)
      throw error
    }
    mdev.createLinks()
    mdev.live = true
    return mdev
  }

  /** `mdev_device_remove_common()`. */
  *remove(mdev: Mdev): Task {
    mdev.removeLinks()
    yield* mdev.unregister()
    if (!this.device.kernel.release.createInProbe) this.ops.destroy?.(mdev)
    this.#forget(mdev)
  }

  /** Where the driver refuses in probe, the device that was already announced goes again. */
  #bind(mdev: Mdev): void {
    try {
      deviceDriverAttach(this.#driver, mdev)
    } catch (error) {
      start(mdev.unregister())
      throw error
    }
  }

  #forget(mdev: Mdev): void {
    this.#bus.mdevs.delete(mdev.name)
    this.used--
  }
}
