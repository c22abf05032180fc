import { resolve } from 'node:path'
import type { Argv } from 'yargs'
import {
  hostUevents,
  list,
  type MachineArguments,
  machineFrom,
  machineOptions,
  ueventsFrom,
} from '../options.ts'
import { CliError } from '../report.ts'

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
      ...hostUevents,
      net: {
        type: 'boolean',
        default: false,
        describe: "a network of its own, in which the machine's uevents are the kernel's",
      },
      udev: { type: 'boolean', default: false, describe: 'systemd-udevd beside the program; implies --net' },
      bind: {
        type: 'string',
        requiresArg: true,
        default: [],
        coerce: list,
        describe: 'SRC:DST, bound for the program',
      },
      bare: {
        type: 'boolean',
        default: false,
        describe: 'bind nothing of the real /sys (CPUs, cgroups) into the fake one',
      },
    })
    .example('$0 run --profile mtty -- ls /sys/class/mdev_bus', 'any program, static binaries included')

interface Arguments extends MachineArguments {
  readonly bare: boolean
  readonly hostUevents: boolean
  readonly net: boolean
  readonly udev: boolean
  readonly bind: readonly string[]
  readonly command: readonly string[]
  readonly '--'?: readonly string[]
}

/** The two halves of SRC:DST. */
function bindOf(text: string): [string, string] {
  const [source, target, ...more] = text.split(':')
  if (!source || !target?.startsWith('/') || more.length > 0) {
    throw new CliError(
      `--bind ${text} is not SRC:DST with an absolute DST, such as $PWD/mdevctl.d:/etc/mdevctl.d.`,
    )
  }
  return [resolve(source), target]
}

export async function handler({
  bare,
  hostUevents: toHost,
  net,
  udev,
  bind,
  command: words,
  '--': rest = [],
  ...machine
}: Arguments): Promise<void> {
  if (toHost && (net || udev))
    throw new CliError(
      '--host-uevents and a network of its own exclude each other: leave --net and --udev out.',
    )
  const options = {
    ...machineFrom(machine),
    ...ueventsFrom(toHost),
    bare,
    udev,
    network: net || udev,
    binds: bind.map(bindOf),
  }
  const { run } = await import('../../run/index.ts')
  const { follow, shell } = await import('../follow.ts')
  const command = [...words, ...rest]
  const interactive = shell(options.profiles)
  await follow(run({ ...options, ...(command.length > 0 ? { command } : interactive) }))
}
