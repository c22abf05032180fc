import type { Options } from 'yargs'
import { RELEASES } from '../sysfs/release.ts'
import { CliError } from './report.ts'

/** The machine that is shown when none is named. */
export const DEFAULT_PROFILE = 'gvtg-kabylake'

/**
 * An option that may be given several times. (As an array, yargs would take the words that follow, or take no word at all
 * for the default.)
 */
export function list(value: string | readonly string[]): readonly string[] {
  return [value].flat()
}

/** Options of every command that shows a machine. */
export const machineOptions = {
  profile: {
    alias: 'p',
    type: 'string',
    requiresArg: true,
    default: DEFAULT_PROFILE,
    coerce: list,
    describe: 'a built-in profile or a file; several make one machine',
  },
  kernel: {
    alias: 'k',
    // not a number: 5.10 is not 5.1
    type: 'string',
    choices: RELEASES,
    describe: 'the release whose behaviour is shown, instead of what the profile says',
  },
} as const satisfies Record<string, Options>

/** Of commands that show it to others than themselves. */
export const hostUevents = {
  'host-uevents': {
    type: 'boolean',
    default: false,
    describe: "send the machine's uevents to the host: its udev takes them for real",
  },
} as const satisfies Record<string, Options>

/** What that option means for the machine. */
export function ueventsFrom(toHost: boolean): { readonly uevents?: 'kernel' } {
  if (!toHost) return {}
  if (process.getuid?.() !== 0)
    throw new CliError('--host-uevents needs root: the kernel takes uevents for the host from nobody else.')
  return { uevents: 'kernel' }
}

/** What {@link machineOptions} parse to. */
export interface MachineArguments {
  readonly profile: readonly string[]
  readonly kernel?: (typeof RELEASES)[number] | undefined
}

/** As the library takes them. */
export function machineFrom({ profile, kernel }: MachineArguments) {
  return { profiles: profile, ...(kernel !== undefined && { kernel }) }
}
