import type { CreateTree } from '../../src/fuse/index.ts'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'

/** All parents that the pools of machine.ts are about; the only command asks what the kernel holds. */
export const createTree: CreateTree = (_options, { holdings }) => {
  const machine = buildMachine(loadProfiles(['gvtg-kabylake', 'samples'], {}))
  return { root: machine.kernel.root, command: holdings! }
}
