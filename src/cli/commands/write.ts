import type { Argv } from 'yargs'
import { type MachineArguments, machineOptions } from '../options.ts'

export const command = 'write <dir>'
export const describe = 'write a machine as plain files, which do nothing by themselves'

export const builder = (yargs: Argv) =>
  yargs
    .positional('dir', {
      type: 'string',
      demandOption: true,
      describe: 'an empty directory, or one that is not there; gets sys/ and dev/',
    })
    .options(machineOptions)
    .example(
      '$0 write /tmp/copy && ls /tmp/copy/sys/class/mdev_bus',
      'for programs with an option for the root',
    )

interface Arguments extends MachineArguments {
  readonly dir: string
}

export async function handler({ dir, profile, kernel }: Arguments): Promise<void> {
  const { buildMachine, loadProfiles } = await import('../../profile/index.ts')
  const { writeTree } = await import('../../volume/write.ts')
  const release = kernel === undefined ? {} : { kernel }
  const { root } = buildMachine(loadProfiles(profile, release), release).kernel
  const { directories, files, links, empty, cut } = writeTree(root, dir)
  process.stdout.write(
    [
      `${dir}: ${directories} directories, ${files} files, ${links} links.`,
      'This is a dead copy: writing to it creates no device. For one that lives: mdevfs mount, or mdevfs run.',
      empty > 0 && `${empty} files can not be read on the machine, and are empty here.`,
      cut > 0 && `${cut} files are longer than 1 MiB, and are cut here.`,
    ]
      .filter(Boolean)
      .join('\n')
      .concat('\n'),
  )
}
