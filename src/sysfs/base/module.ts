import { attrRO, attrWO, EntryTable } from '../kernfs/table.ts'
import type { DeviceDriver } from './driver.ts'
import type { Kernel } from './kernel.ts'
import { Kobject } from './kobject.ts'

export interface ModuleInit {
  /** MODULE_VERSION. */
  readonly version?: string
  /** Read-only parameters, as they read without the newline. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** A loaded module in /sys/module (kernel/module/sysfs.c, kernel/params.c). */
export class Module extends Kobject {
  readonly version: string | undefined

  constructor(kernel: Kernel, name: string, { version, parameters }: ModuleInit = {}) {
    super(name, kernel.module, kernel)
    this.version = version
    this.attach(moduleTable, this)
    this.mkdir('holders')
    if (parameters) {
      const names = Object.entries(parameters).map(([key, value]) => attrRO<Module>(key, () => `${value}\n`))
      this.mkdir('parameters').attach(new EntryTable(names), this)
    }
    kernel.module.add(this)
  }

  override get ueventSubsystem(): string {
    return 'module'
  }

  /** `module_add_driver()`: the link BUS:DRIVER in `drivers/`. */
  addDriver(driver: DeviceDriver): void {
    this.ensure('drivers').symlink(`${driver.bus.name}:${driver.name}`, driver)
  }
}

const moduleTable = new EntryTable<Module>([
  attrRO('initstate', () => 'live\n'),
  attrRO('refcnt', () => '0\n'),
  attrRO('taint', () => '\n'),
  attrWO('uevent', (module, buf) => module.synthesizeUevent(buf)),
  attrRO('version', module => `${module.version}\n`, { present: module => module.version !== undefined }),
])
