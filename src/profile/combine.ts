import type { Described } from './kind.ts'
import { KINDS } from './kinds/index.ts'
import type { Profile } from './profile.ts'
import { suggestion } from './schema/explain.ts'
import { type Problem, ProfileError, quote, sorted, where } from './text/problem.ts'

type Path = readonly PropertyKey[]
type About = 'key' | 'value'
/** What all profiles of a machine have to say alike, if they say it. */
export type MachineKey = 'kernel' | 'arch' | 'cpus' | 'iommu' | 'uevent_seqnum'

/** What may stand in one machine only once, and where it stood first. */
class Claims {
  readonly #problems: Problem[]
  readonly #claims = new Map<string, { profile: Profile; path: Path; about: About }>()

  constructor(problems: Problem[]) {
    this.#problems = problems
  }

  claim(what: string, profile: Profile, path: Path, about: About): void {
    const first = this.#claims.get(what)
    if (!first) {
      this.#claims.set(what, { profile, path, about })
      return
    }
    const there = where(first.profile.place(first.path, first.about))
    const message =
      first.profile.file === profile.file
        ? `${what} is here for the second time, after ${there}; give the profile once`
        : `${what} of profile ${quote(profile.name)} is also in profile ${quote(first.profile.name)}, at ${there}; a machine has it once`
    this.#problems.push(profile.problem(path, message, about))
  }
}

/** Checks that the profiles can be one machine. Throws a {@link ProfileError} with the places of both where they collide. */
export function checkTogether(profiles: readonly Profile[], kernelGiven: boolean): void {
  const problems: Problem[] = []
  const claims = new Claims(problems)
  const devices = new Map<Described, { profile: Profile; path: Path }>()
  for (const profile of profiles) {
    for (const [i, device] of profile.devices.entries()) {
      const path = ['devices', i, device.kind.key]
      devices.set(device, { profile, path: path.slice(0, 2) })
      claims.claim(`${device.kind.key} ${device.address}`, profile, path, 'value')
    }
    for (const path of Object.keys(profile.description.static ?? {}))
      claims.claim(path, profile, ['static', path], 'key')
    for (const number of Object.keys(profile.description.iommu_groups ?? {}))
      claims.claim(`IOMMU group ${number}`, profile, ['iommu_groups', number], 'key')
  }
  if (!kernelGiven) agree(profiles, 'kernel', '; say which with --kernel', problems)
  for (const key of ['arch', 'cpus', 'iommu', 'uevent_seqnum'] as const) agree(profiles, key, '', problems)
  checkGroups(profiles, problems)
  for (const kind of KINDS) {
    const own = [...devices.keys()].filter(device => device.kind === kind)
    kind.check?.(own, (device, path, message) => {
      const at = devices.get(device)!
      problems.push(at.profile.problem([...at.path, ...path], message))
    })
  }
  if (problems.length > 0) throw new ProfileError(sorted(problems))
}

function agree(profiles: readonly Profile[], key: MachineKey, way: string, problems: Problem[]): void {
  const [first, ...others] = profiles.filter(({ description }) => description[key] !== undefined)
  for (const other of others) {
    const [wanted, given] = [first!.description[key]!, other.description[key]!]
    if (given === wanted) continue
    const there = where(first!.place([key]))
    problems.push(
      other.problem(
        [key],
        `a machine has one ${key}, and profile ${quote(first!.name)} has ${wanted}, at ${there}${way}`,
      ),
    )
  }
}

function checkGroups(profiles: readonly Profile[], problems: Problem[]): void {
  const addresses = new Set(profiles.flatMap(({ devices }) => devices.map(({ address }) => address)))
  for (const profile of profiles) {
    for (const [number, group] of Object.entries(profile.description.iommu_groups ?? {})) {
      for (const [i, device] of group.devices.entries()) {
        if (addresses.has(device)) continue
        const message = `the machine has no device ${quote(device)}${suggestion(device, addresses)}`
        problems.push(profile.problem(['iommu_groups', number, 'devices', i], message))
      }
    }
  }
}
