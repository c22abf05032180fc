import { Class } from '../sysfs/base/class.ts'
import { Device } from '../sysfs/base/device.ts'
import type { ModuleInit } from '../sysfs/base/module.ts'
import type { EntryTable } from '../sysfs/kernfs/table.ts'
import type { ParentModel } from './declarative/model.ts'
import { DeclarativeOps } from './declarative/ops.ts'
import type { Machine } from './machine.ts'

/** One of the kernel's sample drivers: a module with a class device of its own name, which offers types. */
export interface SampleDriver {
  readonly name: string
  readonly module: ModuleInit
  readonly model: ParentModel
  /** Groups of the class device. */
  readonly groups?: readonly EntryTable<never>[]
}

class SampleDevice extends Device {
  readonly #groups: readonly EntryTable<never>[]

  constructor(machine: Machine, { name, groups = [] }: SampleDriver) {
    super(machine.kernel, name, { class: new Class(machine.kernel, name) })
    this.#groups = groups
  }

  protected override groups(): readonly EntryTable<never>[] {
    return this.#groups
  }
}

/** Loads the module: /sys/devices/virtual/NAME/NAME appears with its types. */
export function loadSample(machine: Machine, sample: SampleDriver): void {
  const module = machine.module(sample.name, sample.module)
  const device = new SampleDevice(machine, sample).register()
  machine.registerMdevParent({
    device,
    driverName: sample.name,
    module,
    ops: new DeclarativeOps(sample.model),
    types: sample.model.types,
  })
}
