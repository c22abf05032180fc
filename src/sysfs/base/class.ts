import type { Device } from './device.ts'
import type { Kernel } from './kernel.ts'
import { Kobject } from './kobject.ts'

/** `struct class`: links to its devices in /sys/class (drivers/base/class.c). */
export class Class extends Kobject {
  constructor(kernel: Kernel, name: string) {
    super(name, kernel.class, kernel)
    kernel.class.add(this)
  }

  link(device: Device): void {
    this.symlink(device.name, device)
  }

  unlink(device: Device): void {
    this.remove(device.name)
  }
}
