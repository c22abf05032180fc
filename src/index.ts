import type { IFs } from 'memfs'
import { Machine } from './drivers/machine.ts'
import { buildMachine, loadProfiles } from './profile/index.ts'
import type { MachineOptions } from './run/index.ts'
import { volumeOf } from './volume/index.ts'

export {
  CompatError,
  type Compatibility,
  type CompatOptions,
  checkCompatibility,
  type Direction,
  type FileSystem,
  type Interface,
  type Matrix,
  type MatrixEntry,
  migrationMatrix,
  type Verdict,
} from './compat/index.ts'
export { Machine } from './drivers/machine.ts'
export {
  type Migrated,
  MigrateError,
  type MigrateOptions,
  migrate,
  type Progress,
  replay,
} from './migrate/index.ts'
export { buildMachine, loadProfile, Profile, ProfileError } from './profile/index.ts'
export {
  type AttachedOptions as MountOptions,
  type Ended,
  type MachineOptions,
  type MountedMachine,
  mountAttached as mount,
  RunError,
  type Running,
  type RunOptions,
  run,
  type Transport,
} from './run/index.ts'
export type { Uevent } from './sysfs/lib/kobject-uevent.ts'
export type { ReleaseName } from './sysfs/release.ts'

/** A live machine as an object with the functions of `fs`. */
export type Volume = IFs

/**
 * A machine in this process, as an object that can stand for `fs` wherever a program takes one: `/sys` and `/dev` are
 * live, files run the drivers' own show and store, and errors carry the kernel's code. It needs no mount, no privilege
 * and no Linux. Nothing is built before it is looked at.
 *
 * @param machine what to build, or a machine that exists: then its `kernel.uevents` can be listened to
 */
export function openVolume(machine: Pick<MachineOptions, 'profiles' | 'kernel'> | Machine): Volume {
  if (machine instanceof Machine) return volumeOf(machine.kernel.root)
  const { profiles, kernel } = machine
  const release = kernel === undefined ? {} : { kernel }
  return volumeOf(buildMachine(loadProfiles(profiles, release), release).kernel.root)
}
