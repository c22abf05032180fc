import type { ChannelSubsystem } from '../../../src/drivers/cio/css.ts'
import { buildMachine, loadProfiles, type Profile } from '../../../src/profile/index.ts'
import type { Clock } from '../../../src/sysfs/kernfs/superblock.ts'
import type { ReleaseName } from '../../../src/sysfs/release.ts'
import { type Bench, bench } from '../../support/machine.ts'

export const CSS = '/sys/devices/css0'

export interface Lpar extends Bench {
  readonly css: ChannelSubsystem
  /** Lets so many milliseconds pass. */
  wait(milliseconds: number): void
}

/** A machine from a profile, or from the built-in one of that name. */
export function lpar(kernel: ReleaseName, profile: string | Profile = 'ccw-small'): Lpar {
  let now = 1_000_000
  const clock: Clock = { now: () => ({ sec: Math.floor(now / 1000), nsec: (now % 1000) * 1e6 }) }
  const profiles = typeof profile === 'string' ? loadProfiles([profile], { kernel }) : [profile]
  const listening = bench(buildMachine(profiles, { kernel, clock }))
  return {
    ...listening,
    css: listening.sh.stat(CSS) as ChannelSubsystem,
    wait(milliseconds) {
      now += milliseconds
    },
  }
}
