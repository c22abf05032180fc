import { Device } from '../sysfs/base/device.ts'
import { attrWO, type Caller, EntryTable, link } from '../sysfs/kernfs/table.ts'
import type { Task } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { numberOrEinval } from '../sysfs/lib/number-or-einval.ts'
import type { MdevBus } from './bus.ts'
import type { MdevType } from './type.ts'

/** A mediated device: `struct mdev_device`. Its name is its UUID in lower case. */
export class Mdev extends Device {
  readonly mdevType: MdevType
  /** False until `create` is done and once removal began. */
  live = false
  /** Whether `mdev_type` and the link below the type stand: they come after the add and bind events. */
  #linked = false
  /** Whether `remove` stands: it is the first that goes. */
  removable = true
  /** The process that wrote to `remove`. */
  remover: number | undefined

  constructor(type: MdevType, bus: MdevBus, uuid: string) {
    super(type.kernel, uuid, { parent: type.supports.device, bus })
    this.mdevType = type
  }

  protected override groups(): readonly EntryTable<never>[] {
    if (this.kernel.release.ownMdevDriver) return [mdevTable]
    return [mdevTable, ...this.mdevType.supports.ops.deviceGroups(this)]
  }

  get linked(): boolean {
    return this.#linked
  }

  /** `mdev_create_sysfs_files()`. */
  createLinks(): void {
    this.mdevType.devices.symlink(this.name, this)
    this.#linked = true
    this.revalidate()
  }

  /** `mdev_remove_sysfs_files()`. */
  removeLinks(): void {
    this.mdevType.devices.remove(this.name)
    this.#linked = false
    this.revalidate()
  }
}

/**
 * `remove_store()`: a number by kstrtoul, base 0, else EINVAL; 0 does nothing; any other removes the device, and waits
 * for its users to close it. The file itself goes first, so a second writer finds ENOENT, or ENODEV where it had it
 * open.
 */
function* removeStore(mdev: Mdev, buf: string, { pid }: Caller): Task {
  if (numberOrEinval(buf) === 0n) return
  mdev.removable = false
  mdev.remover = pid
  mdev.revalidate()
  const { supports } = mdev.mdevType
  if (!mdev.live) throw new Errno('EAGAIN', `${mdev.name} is being created`)
  if (supports.unregistering) throw new Errno('ENODEV', `${supports.device.name} is going`)
  mdev.live = false
  yield* supports.remove(mdev)
}

const mdevTable = new EntryTable<Mdev>([
  attrWO('remove', removeStore, { present: mdev => mdev.removable }),
  link('mdev_type', mdev => (mdev.linked ? mdev.mdevType : undefined)),
])
