import type { ServedTree, TreeHost } from '../fuse/index.ts'
import { buildMachine, loadProfiles } from '../profile/index.ts'
import type { Uevent } from '../sysfs/lib/kobject-uevent.ts'
import { openNetlink, ueventMessage } from '../uevent/index.ts'
import type { MachineOptions } from './machine.ts'
import { commandLine, isAncestor } from './processes.ts'
import { procMemory } from './user-memory.ts'

/** Builds the machine in the serving thread. */
export function createTree(options: unknown, host: TreeHost): ServedTree {
  const { profiles, kernel, bindable = [], uevents } = options as MachineOptions
  const release = kernel === undefined ? {} : { kernel }
  const processes = { isAncestor, commandLine, userMemory: procMemory }
  const machine = buildMachine(loadProfiles(profiles, release), { ...release, ...processes })
  for (const path of bindable) {
    let directory = machine.kernel.sys
    for (const name of path.split('/')) directory = directory.ensure(name)
  }
  const listener = listenerOf(uevents, host)
  if (listener) machine.kernel.uevents.subscribe(listener)
  return { root: machine.kernel.root }
}

/** Where this thread can not send them itself, the main thread gets whole messages, for a helper. */
function listenerOf(
  uevents: MachineOptions['uevents'],
  host: TreeHost,
): ((event: Uevent) => void) | undefined {
  if (uevents === 'post') return event => host.post(event)
  if (uevents !== 'kernel') return undefined
  const send = openNetlink() ?? (message => host.post(message))
  return event => send(ueventMessage(event))
}
