import { FUNCTIONS } from '../../../src/drivers/ap/adapter.ts'
import type { ApBus } from '../../../src/drivers/ap/bus.ts'
import { installAp } from '../../../src/drivers/ap/install.ts'
import { maskOf } from '../../../src/drivers/ap/mask.ts'
import { Machine } from '../../../src/drivers/machine.ts'
import { installVfioAp } from '../../../src/drivers/vfio_ap/install.ts'
import type { Clock } from '../../../src/sysfs/kernfs/superblock.ts'
import type { ReleaseName } from '../../../src/sysfs/release.ts'
import { type Bench, bench } from '../../support/machine.ts'

export interface ApBench extends Bench {
  readonly bus: ApBus
  /** Lets so many milliseconds pass. */
  wait(milliseconds: number): void
}

/** The host of the reference sheet: an accelerator, two CCA cards and one of EP11, three domains. */
export function host(release: ReleaseName): ApBench {
  let now = 1_000_000
  const clock: Clock = { now: () => ({ sec: Math.floor(now / 1000), nsec: (now % 1000) * 1e6 }) }
  const machine = new Machine({ release, arch: 's390x', clock })
  const bus = installAp(machine.kernel, {
    maxAdapter: 255,
    maxDomain: 84,
    usageDomains: maskOf([0x04, 0x16, 0x47]),
    controlDomains: maskOf([0x04, 0x16, 0x20, 0x47]),
    qci: true,
    facilities: ['APSC', 'APXA'],
    interrupts: true,
    sclpConfigure: true,
  })
  installVfioAp(machine, bus)
  const listening = bench(machine)
  bus.plug([
    { id: 3, rawType: 14, functions: FUNCTIONS.accel },
    { id: 4, rawType: 14, functions: FUNCTIONS.cca },
    { id: 5, rawType: 14, functions: FUNCTIONS.ep11 },
    { id: 6, rawType: 13, functions: FUNCTIONS.cca },
  ])
  return {
    ...listening,
    bus,
    wait(milliseconds) {
      now += milliseconds
    },
  }
}
