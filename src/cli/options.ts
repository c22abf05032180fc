import type { Options } from 'yargs'
import { RELEASES } from '../sysfs/release.ts'

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

/** What {@link machineOptions} parse to. */
export interface MachineArguments {
  readonly profile: readonly string[]
  readonly kernel?: (typeof RELEASES)[number] | undefined
}

/** As the library takes them. */
export function machineFrom({ profile, kernel }: MachineArguments) {
  return { profiles: profile, ...(kernel !== undefined && { kernel }) }
}
