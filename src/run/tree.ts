import type { ServedTree, TreeHost } from '../fuse/index.ts'
import { buildMachine, loadProfiles } from '../profile/index.ts'
import type { MachineOptions } from './machine.ts'

/** Builds the machine in the serving thread. */
export function createTree(options: unknown, host: TreeHost): ServedTree {
  const { profiles, kernel, bindable = [], uevents = false } = options as MachineOptions
  const release = kernel === undefined ? {} : { kernel }
  const machine = buildMachine(loadProfiles(profiles, release), release)
  for (const path of bindable) {
    let directory = machine.kernel.sys
    for (const name of path.split('/')) directory = directory.ensure(name)
  }
  if (uevents) machine.kernel.uevents.subscribe(event => host.post(event))
  return { root: machine.kernel.root }
}
