import type { Argv } from 'yargs'
import { type MachineArguments, machineFrom, machineOptions } from '../options.ts'

export const command = 'demo'
export const describe = 'see a machine with Intel vGPUs at work'

export const builder = (yargs: Argv) =>
  yargs.options(machineOptions).example('$0 demo', 'needs nothing installed, and leaves nothing behind')

/** Runs with the fake as /sys; what it shows are plain commands, whose output is what they print. */
const SCRIPT = `
bold=; dim=; off=
if [ -t 1 ]; then bold=$(printf '\\033[1m'); dim=$(printf '\\033[2m'); off=$(printf '\\033[0m'); fi
say() { printf '\\n%s# %s%s\\n' "$dim" "$1" "$off"; }
do_() { printf '%s$ %s%s\\n' "$bold" "$1" "$off"; eval "$1"; }
parent=$(ls /sys/class/mdev_bus | head -n 1)
types=/sys/class/mdev_bus/$parent/mdev_supported_types
counters() { for type in "$types"/*; do printf '%-16s %s\\n' "\${type##*/}" "$(cat "$type/available_instances")"; done; }
last=$(ls -d "$types"/* | tail -n 1)
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
say 'This is /sys of a machine that is not there. Devices that offer mdev types:'
do_ 'ls /sys/class/mdev_bus'
say 'Its types, and how many more of each there can be:'
counters
say 'Create one. The others share its resources, so their counters fall too:'
do_ "echo $uuid > $last/create"
counters
say 'The device, as the kernel shows it:'
do_ "ls /sys/bus/mdev/devices/$uuid/"
do_ "readlink /sys/bus/mdev/devices/$uuid/iommu_group"
do_ 'ls /dev/vfio'
say 'What the kernel refuses is refused here:'
do_ "echo $uuid | tee $last/create"
say 'And remove it:'
do_ "echo 1 > /sys/bus/mdev/devices/$uuid/remove"
counters
`

const NEXT = `
Now your own program:    npx mdevfs run -- COMMAND
A shell to look around:  npx mdevfs run
Other machines:          npx mdevfs profiles
`

export async function handler(machine: MachineArguments): Promise<void> {
  const { run } = await import('../../run/index.ts')
  const { exitCode, signal } = await run({ ...machineFrom(machine), command: ['sh', '-c', SCRIPT] }).ended
  if (exitCode !== 0) {
    process.exitCode = signal ? 1 : (exitCode ?? 1)
    return
  }
  process.stdout.write(NEXT)
}
