import { Directory } from '../kernfs/directory.ts'
import { type Action, parseSyntheticUevent } from '../lib/kobject-uevent.ts'
import type { Kernel } from './kernel.ts'

/** An object with a directory of its own: `struct kobject`. */
export class Kobject extends Directory {
  readonly kernel: Kernel

  constructor(name: string, parent: Directory, kernel: Kernel, mode = 0o755, ino?: number) {
    super(name, parent, kernel.superblock, mode, ino)
    this.kernel = kernel
  }

  /** DEVPATH: the path without /sys. */
  get devpath(): string {
    return this.path.slice('/sys'.length)
  }

  /** SUBSYSTEM of its events; undefined for an object that sends none. */
  get ueventSubsystem(): string | undefined {
    return undefined
  }

  /** What `uevent` reads and every event carries: `KEY=VALUE` each. */
  ueventKeys(): string[] {
    return []
  }

  /** `kobject_uevent_env()`; an object without subsystem sends nothing (`dev_uevent_filter()`). */
  uevent(action: Action, extra: readonly string[] = []): void {
    const subsystem = this.ueventSubsystem
    if (subsystem === undefined) return
    this.kernel.uevents.emit(action, this.devpath, subsystem, extra, this.ueventKeys())
  }

  /** The store of every `uevent` file: EINVAL unless it is a well-formed request. */
  synthesizeUevent(buf: string): void {
    const { action, extra } = parseSyntheticUevent(buf)
    this.uevent(action, extra)
  }
}
