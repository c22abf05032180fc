import { writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Argv } from 'yargs'
import { TRANSPORTS, type Transport } from '../../run/transport.ts'
import { hostUevents, type MachineArguments, machineFrom, machineOptions, ueventsFrom } from '../options.ts'
import { showProgress } from '../progress.ts'
import { CliError } from '../report.ts'

export const command = 'mount <dir>'
export const describe = 'show a machine below a directory, until it is unmounted'

export const builder = (yargs: Argv) =>
  yargs
    .positional('dir', {
      type: 'string',
      demandOption: true,
      describe: 'an empty directory; gets sys/ and dev/',
    })
    .options({
      ...machineOptions,
      ...hostUevents,
      foreground: {
        alias: 'f',
        type: 'boolean',
        default: false,
        describe: 'serve in this process and print READY',
      },
      'ready-fd': { type: 'number', describe: 'with --foreground: write READY to this descriptor instead' },
      transport: {
        choices: TRANSPORTS,
        describe:
          'how to mount; by itself kernel for root, fuse-native for others where fusermount is setuid',
      },
      log: { type: 'string', describe: 'a file for what the server has to say' },
      'wire-log': { type: 'string', describe: 'a file that gets one line of JSON for each request' },
    })
    .check(({ foreground, 'ready-fd': readyFd, log }) => {
      if (readyFd !== undefined && !foreground) return '--ready-fd needs --foreground'
      if (readyFd !== undefined && !Number.isInteger(readyFd)) return '--ready-fd is not a number'
      if (log !== undefined && foreground) return '--log is for servers in the background'
      return true
    })
    .example('mkdir -p /tmp/m && $0 mount /tmp/m --profile mtty', 'then look at /tmp/m/sys/class/mdev_bus')

interface Arguments extends MachineArguments {
  readonly dir: string
  readonly foreground: boolean
  readonly hostUevents: boolean
  readonly readyFd?: number
  readonly transport?: Transport
  readonly log?: string
  readonly wireLog?: string
}

export async function handler({
  dir,
  foreground,
  hostUevents: toHost,
  readyFd,
  transport,
  log,
  wireLog,
  ...rest
}: Arguments): Promise<void> {
  const options = {
    ...machineFrom(rest),
    ...ueventsFrom(toHost),
    mountpoint: resolve(dir),
    ...(transport !== undefined && { transport }),
    ...(wireLog !== undefined && { wireLog: resolve(wireLog) }),
  }
  if (foreground) {
    const { serveHere } = await import('../../run/index.ts')
    await serveHere(options, {
      onReady: () => sayReady(readyFd ?? process.stdout.fd),
    })
    // the addon of fuse-native would keep it alive
    process.exit()
  }
  const { mount } = await import('../../run/index.ts')
  const mounting = mount({ ...options, ...(log !== undefined && { log }) })
  await showProgress('Building the machine', mounting)
}

function sayReady(fd: number): void {
  try {
    writeSync(fd, 'READY\n')
  } catch (error) {
    throw new CliError(`READY can not be written to descriptor ${fd}: ${(error as Error).message}.`)
  }
}
