import type { Argv } from 'yargs'
import { type MachineArguments, machineFrom, machineOptions } from '../options.ts'

export const command = 'libvirt [command..]'
export const describe = 'run virsh, or any program, beside a libvirtd that manages the machine'

export const builder = (yargs: Argv) =>
  yargs
    .usage('$0 libvirt [OPTIONS] [-- COMMAND...]\n\nWithout COMMAND: a shell, in which virsh works.')
    .positional('command', {
      type: 'string',
      array: true,
      default: [],
      describe: 'the program; with options of its own, behind --',
    })
    .options({
      ...machineOptions,
      qemu: {
        type: 'boolean',
        default: false,
        describe: 'with the driver for QEMU, which nodedev-detach and nodedev-reset need',
      },
    })
    .example('$0 libvirt -- virsh nodedev-list --cap mdev_types', 'needs libvirt, udev and mdevctl installed')

interface Arguments extends MachineArguments {
  readonly command: readonly string[]
  readonly qemu: boolean
  readonly '--'?: readonly string[]
}

export async function handler({
  command: words,
  '--': rest = [],
  qemu,
  ...machine
}: Arguments): Promise<void> {
  const options = machineFrom(machine)
  const { runLibvirt } = await import('../../run/index.ts')
  const { follow, shell } = await import('../follow.ts')
  const command = [...words, ...rest]
  await follow(
    runLibvirt({ ...options, qemu, ...(command.length > 0 ? { command } : shell(options.profiles)) }),
  )
}
