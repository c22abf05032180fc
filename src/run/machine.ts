import { resolve } from 'node:path'
import { anywhere } from '../profile/name.ts'
import type { ReleaseName } from '../sysfs/release.ts'

/** Which machine is to be shown: what the command line, the servers and the library pass on. */
export interface MachineOptions {
  /** Names of built-in profiles or paths of files; together they make one machine. */
  readonly profiles: readonly string[]
  /** Instead of the release that the profiles name. */
  readonly kernel?: ReleaseName
  /**
   * What becomes of its uevents: `post` hands them to the main thread, `kernel` makes them uevents of the kernel in this
   * process's network namespace. Nothing where absent.
   */
  readonly uevents?: 'post' | 'kernel'
  /** Directories below /sys that are made, empty, so that something can be bound there. */
  readonly bindable?: readonly string[]
}

/** The same for a process that works in another directory. */
export function fromAnywhere<T extends Pick<MachineOptions, 'profiles'> & { readonly wireLog?: string }>(
  options: T,
): T {
  return {
    ...options,
    profiles: options.profiles.map(anywhere),
    ...(options.wireLog !== undefined && { wireLog: resolve(options.wireLog) }),
  }
}
