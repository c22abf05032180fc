import type { Directory } from '../sysfs/kernfs/directory.ts'
import type { Uevent } from '../sysfs/lib/kobject-uevent.ts'
import { type BuildOptions, buildMachine } from './build.ts'
import { loadProfiles } from './load.ts'

/** What the tree of a mount is made of; can be cloned to the thread that serves it. */
export interface TreeOptions extends Pick<BuildOptions, 'kernel'> {
  /** Names and files of profiles, which together are one machine. */
  readonly profiles: readonly string[]
  /** Whether uevents are posted. */
  readonly uevents?: boolean
}

/** What a served tree posts. */
export interface PostedUevent {
  readonly kind: 'uevent'
  readonly event: Uevent
}

/**
 * Makes the tree of a mount in the thread that serves it. Throws a ProfileError, of which `problems` and `message`
 * reach whoever started the thread.
 */
export function createTree(options: unknown, host: { post(message: unknown): void }): { root: Directory } {
  const { profiles, kernel, uevents } = options as TreeOptions
  const { root, uevents: channel } = buildMachine(loadProfiles(profiles, { kernel }), { kernel }).kernel
  if (uevents) channel.subscribe(event => host.post({ kind: 'uevent', event } satisfies PostedUevent))
  return { root }
}
