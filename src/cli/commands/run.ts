import type { Argv } from 'yargs'
import { type MachineArguments, machineFrom, machineOptions } from '../options.ts'

export const command = 'run [command..]'
export const describe = 'run a program for which a machine is /sys and /dev/vfio'

export const builder = (yargs: Argv) =>
  yargs
    .usage('$0 run [OPTIONS] [-- COMMAND...]\n\nWithout COMMAND: a shell.')
    .positional('command', {
      type: 'string',
      array: true,
      default: [],
      describe: 'the program; with options of its own, behind --',
    })
    .options({
      ...machineOptions,
      bare: {
        type: 'boolean',
        default: false,
        describe: 'bind nothing of the real /sys (CPUs, cgroups) into the fake one',
      },
    })
    .example('$0 run --profile mtty -- ls /sys/class/mdev_bus', 'any program, static binaries included')

interface Arguments extends MachineArguments {
  readonly bare: boolean
  readonly command: readonly string[]
  readonly '--'?: readonly string[]
}

export async function handler({
  bare,
  command: words,
  '--': rest = [],
  ...machine
}: Arguments): Promise<void> {
  const options = machineFrom(machine)
  const { run } = await import('../../run/index.ts')
  const { follow, shell } = await import('../follow.ts')
  const command = [...words, ...rest]
  const interactive = shell(options.profiles)
  await follow(run({ ...options, bare, ...(command.length > 0 ? { command } : interactive) }))
}
