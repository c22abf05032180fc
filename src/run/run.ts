import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RunError } from './error.ts'
import type { MachineOptions } from './machine.ts'
import type { OuterOptions } from './outer.ts'
import { noUnshare, unshareArguments } from './privilege.ts'
import { killResidents } from './residents.ts'
import { type Finished, linesOf, parseStatus, type Status } from './status.ts'

export interface RunOptions extends MachineOptions {
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Nothing of the real /sys is bound into the fake one. */
  readonly bare?: boolean
  /** A network namespace of its own, in which the machine's uevents are uevents of the kernel. */
  readonly network?: boolean
  /** systemd-udevd runs beside the command, which then has a /run and a /dev of its own; implies {@link network}. */
  readonly udev?: boolean
  /** Directories or files bound elsewhere: source and destination. */
  readonly binds?: readonly (readonly [string, string])[]
  /** Added to the environment of the command. */
  readonly env?: Readonly<Record<string, string>>
  /** The command's standard streams; those of this process unless said otherwise. */
  readonly stdio?: readonly [
    'inherit' | 'ignore' | 'pipe',
    'inherit' | 'ignore' | 'pipe',
    'inherit' | 'ignore' | 'pipe',
  ]
}

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** A command that runs on a fake machine. */
export interface Running {
  /** Has the command's streams, and passes signals on to it. */
  readonly process: ChildProcess
  /** Fulfilled when the machine is there and the command is about to begin; or when it will not. */
  readonly started: Promise<void>
  /** Rejected with a RunError where the command could not be started at all. */
  readonly ended: Promise<Ended>
}

/** libudev refuses a /sys that is no sysfs by its magic number, unless it is told not to look. */
const ENVIRONMENT = { SYSTEMD_DEVICE_VERIFY_SYSFS: '0' }

/**
 * Runs a command in private namespaces in which the machine is its /sys and /dev/vfio. Nobody else sees it, and nothing
 * is left behind, however the command, this process, or the one between them ends: what the command left in the
 * background ends with it.
 *
 * Users other than root are root in a user namespace of their own; files of others then belong to nobody.
 */
export function run({
  command,
  bare = false,
  udev = false,
  network = udev,
  binds = [],
  env = {},
  stdio,
  ...machine
}: RunOptions): Running {
  if (udev) assertUdev()
  assertDirectory()
  const environment = { ...ENVIRONMENT, ...env }
  const outer: OuterOptions = { ...machine, command, bare, binds, network, udev, env: environment }
  const child = spawn(
    'unshare',
    [
      ...unshareArguments(),
      ...(network ? ['-n'] : []),
      process.execPath,
      fileURLToPath(new URL('./outer.js', import.meta.url)),
      JSON.stringify(outer),
    ],
    // the fourth tells this side how it goes, and the other side, by closing, that this process is gone
    { stdio: [...(stdio ?? (['inherit', 'inherit', 'inherit'] as const)), 'pipe'] },
  )
  const { promise: started, resolve: tellStarted } = deferred()
  return { process: child, started, ended: follow(child, tellStarted).finally(tellStarted) }
}

/** Listens to the outer process until it has ended, and puts away what it can not put away itself when it is killed. */
async function follow(outer: ChildProcess, tellStarted: () => void): Promise<Ended> {
  const exited = new Promise<Ended>((resolve, reject) => {
    outer.on('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    outer.on('error', error => reject(noUnshare(error)))
  })
  exited.catch(() => {})
  let namespace: number | undefined
  let device: string | undefined
  let ended: Ended | undefined
  try {
    for await (const line of linesOf(outer.stdio[3] as NodeJS.ReadableStream)) {
      const status = parseStatus<Status | Finished>(line)
      if ('ready' in status) {
        // holds the number of the file system: nobody else gets it as long as this is open
        namespace = openNamespace(outer.pid!)
        device = status.device
        tellStarted()
      } else {
        ended = status.ended
      }
    }
    const exit = await exited
    if (ended) return ended
    if (device !== undefined && namespace !== undefined) await killResidents(device)
    if (!exit.signal) throw new RunError('The server ended by itself: what it printed says why.')
    return exit
  } finally {
    if (namespace !== undefined) closeSync(namespace)
  }
}

/** Node starts no threads in a directory that is gone. */
function assertDirectory(): void {
  try {
    process.cwd()
  } catch {
    throw new RunError('The working directory is gone: cd to one that is there.')
  }
}

function assertUdev(): void {
  if (!['/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-udevd'].some(existsSync)) {
    throw new RunError('systemd-udevd is not installed: install it (on Debian: apt-get install udev).')
  }
}

/** Holds a mount namespace, with all that is mounted there; undefined where its process is gone already. */
function openNamespace(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/ns/mnt`, 'r')
  } catch {
    return undefined
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
