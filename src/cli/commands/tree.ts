import type { Argv } from 'yargs'
import { type MachineArguments, machineOptions } from '../options.ts'

export const command = 'tree [path]'
export const describe = 'print a machine without mounting it'

export const builder = (yargs: Argv) =>
  yargs
    .positional('path', { type: 'string', default: '/sys', describe: 'where to begin' })
    .options(machineOptions)
    .example(
      '$0 tree /sys/class/mdev_bus --profile mtty',
      'names in the order of readdir, with modes and contents',
    )

interface Arguments extends MachineArguments {
  readonly path: string
}

export async function handler({ path, profile, kernel }: Arguments): Promise<void> {
  const { buildMachine, loadProfiles } = await import('../../profile/index.ts')
  const { printTree } = await import('../print-tree.ts')
  const release = kernel === undefined ? {} : { kernel }
  const { root } = buildMachine(loadProfiles(profile, release), release).kernel
  for (const line of printTree(root, path)) process.stdout.write(`${line}\n`)
}
