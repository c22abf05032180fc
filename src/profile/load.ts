import type { ReleaseName } from '../sysfs/release.ts'
import { builtinFile, builtinNames } from './builtin.ts'
import { checkTogether } from './combine.ts'
import { namesFile } from './name.ts'
import { Profile } from './profile.ts'
import { nearest } from './schema/explain.ts'
import { type Problem, ProfileError, problemOf, quote, sorted } from './text/problem.ts'
import { readSource } from './text/read.ts'

export interface LoadOptions {
  /** Set where the release is said elsewhere, so that profiles need not agree on it. */
  readonly kernel?: ReleaseName | undefined
}

/**
 * A built-in profile by its name, or any by its file: what has a slash in it or ends in .yaml or .yml is a file. Throws
 * a {@link ProfileError} with all that is wrong.
 */
export function loadProfile(nameOrFile: string): Profile {
  const profile = load(nameOrFile)
  checkTogether([profile], false)
  return profile
}

/** Profiles that together are one machine. */
export function loadProfiles(namesOrFiles: readonly string[], { kernel }: LoadOptions = {}): Profile[] {
  const problems: Problem[] = []
  const profiles: Profile[] = []
  for (const nameOrFile of namesOrFiles) {
    try {
      profiles.push(load(nameOrFile))
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new ProfileError(sorted(problems))
  checkTogether(profiles, kernel !== undefined)
  return profiles
}

function load(nameOrFile: string): Profile {
  return new Profile(readSource(fileOf(nameOrFile)))
}

function fileOf(nameOrFile: string): string {
  if (namesFile(nameOrFile)) return nameOrFile
  const names = builtinNames()
  if (names.includes(nameOrFile)) return builtinFile(nameOrFile)
  const near = nearest(nameOrFile, names)
  const hint = near === undefined ? '`mdevfs profiles` lists them' : `did you mean ${quote(near)}?`
  throw new ProfileError([problemOf(nameOrFile, `there is no built-in profile of that name; ${hint}`)])
}
