import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RunError } from './error.ts'
import type { MachineOptions } from './machine.ts'
import { killNamespace } from './namespace.ts'
import type { OuterOptions } from './outer.ts'
import { parseStatus, readAll } from './status.ts'

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
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

/** libudev refuses a /sys that is no sysfs by its magic number, unless it is told not to look. */
const ENVIRONMENT = { SYSTEMD_DEVICE_VERIFY_SYSFS: '0' }

/**
 * Runs a command in private namespaces in which the machine is its /sys and /dev/vfio. Nobody else sees it, and nothing
 * is left behind, however the command, this process, or the one between them ends.
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
  assertFuse()
  if (udev) assertUdev()
  const environment = { ...ENVIRONMENT, ...env }
  const outer: OuterOptions = { ...machine, command, bare, binds, network, udev, env: environment }
  const root = process.getuid!() === 0
  const child = spawn(
    'unshare',
    [
      ...(root ? [] : ['-U', '-r']),
      '-m',
      ...(network ? ['-n'] : []),
      '--propagation',
      'private',
      process.execPath,
      fileURLToPath(new URL('./outer.js', import.meta.url)),
      JSON.stringify(outer),
    ],
    // the fourth is never written: that it closes tells the other side that this process is gone
    { stdio: [...(stdio ?? (['inherit', 'inherit', 'inherit'] as const)), 'pipe'] },
  )
  return { process: child, ended: end(child) }
}

/** Unshare itself, or what it says before this program is run. */
function unshareFailed(root: boolean): RunError {
  return new RunError(
    root
      ? 'No permission to make a mount namespace: the container needs --cap-add SYS_ADMIN (and --device /dev/fuse).'
      : 'User namespaces are not to be had: run as root, or allow them (sysctl user.max_user_namespaces, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0).',
  )
}

/** Waits for the outer process, and for all that it had to say. */
async function end(outer: ChildProcess): Promise<Ended> {
  const exited = new Promise<Ended>((resolve, reject) => {
    outer.on('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    outer.on('error', error =>
      reject(
        new RunError(
          `unshare(1) can not be run (${error.message}): it belongs to util-linux and has to be in PATH.`,
        ),
      ),
    )
  })
  const said = readAll(outer.stdio[3] as NodeJS.ReadableStream)
  const ended = await exited
  const text = await said
  // killed before it could say anything: that is how it ended
  if (text === '' && ended.signal) return ended
  if (text === '') throw unshareFailed(process.getuid!() === 0)
  const status = parseStatus(text)
  // killed: then nobody else ends what runs in there
  if (ended.signal && 'namespace' in status) killNamespace(status.namespace)
  return ended
}

function assertUdev(): void {
  if (!['/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-udevd'].some(existsSync)) {
    throw new RunError('systemd-udevd is not installed: install it (on Debian: apt-get install udev).')
  }
}

/** What can be said before anything is started. */
function assertFuse(): void {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new RunError(
      code === 'ENOENT'
        ? 'This system has no /dev/fuse: load the kernel module (modprobe fuse), or give the container --device /dev/fuse.'
        : 'No permission to open /dev/fuse: run as root, or make it readable and writable for this user.',
    )
  }
}
