import { Machine } from '../drivers/machine.ts'
import { IommuUnit } from '../iommu/group.ts'
import type { Clock } from '../sysfs/kernfs/superblock.ts'
import type { UserMemory } from '../sysfs/lib/user-memory.ts'
import type { ReleaseName } from '../sysfs/release.ts'
import { checkTogether, type MachineKey } from './combine.ts'
import { type GroupDescriptions, makeGroups } from './iommu.ts'
import { KINDS } from './kinds/index.ts'
import type { Profile } from './profile.ts'
import { addStatic, StaticError } from './static.ts'
import { ProfileError } from './text/problem.ts'

export interface BuildOptions {
  /** Instead of the release that the profiles name. */
  readonly kernel?: ReleaseName | undefined
  readonly clock?: Clock | undefined
  /** Whether one process is an ancestor of another, where clients are processes that can be known. */
  readonly isAncestor?: (candidate: number, pid: number) => boolean
  /** The command line of a process, likewise. */
  readonly commandLine?: (pid: number) => readonly string[]
  /** How the memory of a caller is reached: arguments of ioctl(2) lie there. */
  readonly userMemory?: UserMemory
}

/** The machine that the profiles together describe. */
export function buildMachine(
  profiles: readonly Profile[],
  { kernel, clock, isAncestor, commandLine, userMemory }: BuildOptions = {},
): Machine {
  checkTogether(profiles, kernel !== undefined)
  const release = kernel ?? said(profiles, 'kernel')
  const arch = said(profiles, 'arch')
  const cpus = said(profiles, 'cpus')
  const seqnum = said(profiles, 'uevent_seqnum')
  const machine = new Machine({
    ...(release !== undefined && { release }),
    ...(arch !== undefined && { arch }),
    ...(cpus !== undefined && { cpus }),
    ...(clock && { clock }),
    ...(isAncestor && { isAncestor }),
    ...(commandLine && { commandLine }),
    ...(userMemory && { userMemory }),
  })
  const unit = said(profiles, 'iommu')
  if (unit !== undefined) machine.iommuGroups.unit = new IommuUnit(machine.kernel, unit)
  const groups: GroupDescriptions = Object.assign(
    {},
    ...profiles.map(each => each.description.iommu_groups ?? {}),
  )
  const members = Object.keys(groups).length > 0 ? makeGroups(machine.iommuGroups, groups) : undefined
  const site = { machine, iommuGroup: (address: string) => members?.get(address) }
  const devices = profiles.flatMap(profile => profile.devices)
  for (const kind of KINDS) {
    const own = devices.filter(device => device.kind === kind)
    if (own.length > 0)
      kind.build(
        site,
        own.map(({ description }) => description),
      )
  }
  // links last: what they lead to may be static too
  for (const links of [false, true]) for (const profile of profiles) buildStatics(machine, profile, links)
  if (seqnum !== undefined) machine.kernel.uevents.seqnum = seqnum
  return machine
}

function said<K extends MachineKey>(profiles: readonly Profile[], key: K) {
  return profiles.map(({ description }) => description[key]).find(value => value !== undefined)
}

function buildStatics(machine: Machine, profile: Profile, links: boolean): void {
  for (const [path, node] of Object.entries(profile.description.static ?? {})) {
    if ((node.link !== undefined) !== links) continue
    try {
      addStatic(machine.kernel.root, path, node)
    } catch (error) {
      if (!(error instanceof StaticError)) throw error
      throw new ProfileError([profile.problem(['static', path], error.message, 'key')])
    }
  }
}
