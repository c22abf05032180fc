import { Machine } from '../../src/drivers/machine.ts'
import { mbochs } from '../../src/drivers/mbochs.ts'
import { mdpy } from '../../src/drivers/mdpy.ts'
import { mtty } from '../../src/drivers/mtty.ts'
import { loadSample } from '../../src/drivers/sample.ts'
import type { Uevent } from '../../src/sysfs/lib/kobject-uevent.ts'
import type { ReleaseName } from '../../src/sysfs/release.ts'
import { Shell } from './tree.ts'

export interface Bench {
  readonly machine: Machine
  readonly sh: Shell
  /** Events since the last look, `action@devpath` and the keys without those two and SEQNUM. */
  events(): string[]
}

/** A machine with a shell and an ear for its events. */
export function bench(machine: Machine): Bench {
  const heard: Uevent[] = []
  machine.kernel.uevents.subscribe(event => heard.push(event))
  return {
    machine,
    sh: new Shell(machine.kernel.root),
    events: () =>
      heard
        .splice(0)
        .map(({ action, devpath, env }) => [`${action}@${devpath}`, ...env.slice(2, -1)].join(' ')),
  }
}

/** A machine with the kernel's three sample drivers. */
export function samples(release: ReleaseName): Bench {
  const machine = new Machine({ release })
  for (const sample of [mtty(machine.kernel.release), mdpy(), mbochs(machine.kernel.release)]) {
    loadSample(machine, sample)
  }
  return bench(machine)
}

/** UUIDs that differ in their last digits. */
export function uuid(number: number): string {
  return `83b8f4f2-509f-382f-3c1e-${number.toString(16).padStart(12, '0')}`
}
