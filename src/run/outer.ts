import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { mountAt, type Session, serve } from '../fuse/index.ts'
import { UeventHelper } from '../uevent/index.ts'
import { RunError } from './error.ts'
import { type InnerOptions, innerCommand, innerScript } from './inner.ts'
import type { MachineOptions } from './machine.ts'
import { killResidents } from './residents.ts'
import type { Ended } from './run.ts'
import { forwardSignals } from './signals.ts'
import { failure, tell } from './status.ts'
import { treeOf } from './tree-source.ts'

/** What the outer process gets as its only argument, in JSON. */
export interface OuterOptions extends MachineOptions, Pick<InnerOptions, 'binds' | 'network' | 'udev'> {
  readonly command: readonly string[]
  /** Nothing of the real /sys is bound into the fake one. */
  readonly bare: boolean
  readonly env: Readonly<Record<string, string>>
}

/**
 * A socket whose other end the caller holds. The status goes there; and when it closes, the caller is gone, however that
 * came about.
 */
const CALLER_FD = 3

/** Places that are there on every system; what is on them is hidden from this process only. */
const PLACES = ['/mnt', '/media', '/srv', '/opt']

/** Parts of the real /sys that programs want and that tell nothing of devices. */
const REAL_PARTS = [
  'devices/system',
  'fs',
  'kernel/mm',
  'kernel/security',
  'kernel/debug',
  'kernel/tracing',
  'kernel/cgroup',
]

/** Modules whose parameters programs look at. */
const REAL_MODULES = ['kvm', 'kvm_amd', 'kvm_intel', 'overlay']

/**
 * The outer process of `mdevfs run`: in a private mount namespace in which /sys is still the real one, it serves the
 * machine; the command runs in an inner namespace, where the fake is /sys. (A server below its own /sys would wait for
 * itself: the C library reads /sys when it starts a thread.)
 */
async function main(): Promise<void> {
  const callerGone = watchCaller()
  const { command, bare, env, binds, network, udev, ...machine } = JSON.parse(
    process.argv[2]!,
  ) as OuterOptions
  const parts = bare ? [] : realParts()
  const options = { ...machine, bindable: parts, ...(network && ({ uevents: 'kernel' } as const)) }
  const session = await serve({ mountpoint: place(), tree: treeOf(options), onMessage: ueventSender() })
  const { mountpoint } = session
  const { device } = mountAt(mountpoint)!
  tell(CALLER_FD, { ready: true, mountpoint, device })
  const environment = { ...process.env, ...env }
  const script = innerScript({ place: mountpoint, parts, binds, network, udev })
  const child = spawn(
    'unshare',
    [
      ...['-m', '--propagation', 'private', 'sh', '-c', script, 'mdevfs'],
      ...innerCommand(command, environment),
    ],
    { stdio: 'inherit', env: environment },
  )
  forwardSignals(child)
  try {
    const ended = await Promise.race([endOf(child), callerGone, failureOf(session)])
    await killResidents(device)
    if (ended) tell(CALLER_FD, { ended })
  } catch (error) {
    await killResidents(device)
    throw error
  }
}

/** A directory on which to mount that this program is not below: it would wait for itself when it loads a module. */
function place(): string {
  const needed = [process.execPath, fileURLToPath(import.meta.url)]
  const found = PLACES.filter(existsSync)
    .map(path => realpathSync(path))
    .find(path => !needed.some(file => file.startsWith(`${path}/`)))
  if (found === undefined) {
    throw new RunError(`There is none of ${PLACES.join(', ')}: make one, to mount on in private.`)
  }
  return found
}

/** Sends whole messages that the serving thread could not send itself; the helper is started with the first. */
function ueventSender(): (message: unknown) => void {
  let helper: UeventHelper | undefined
  return message => {
    helper ??= new UeventHelper()
    helper.send(message as Uint8Array)
  }
}

/** Directories of the real /sys that are bound into the fake; empty ones have nothing to tell. */
function realParts(): string[] {
  const modules = REAL_MODULES.map(name => `module/${name}`)
  return [...REAL_PARTS, ...modules].filter(path => {
    try {
      return readdirSync(`/sys/${path}`).length > 0
    } catch {
      return false
    }
  })
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.on('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    child.on('error', reject)
  })
}

/** Never fulfilled: rejected where serving fails while the command runs. */
function failureOf({ closed }: Session): Promise<never> {
  return new Promise((_, reject) => closed.then(null, reject))
}

/** Fulfilled when the caller is gone: the command has to go then, with all that it started. */
function watchCaller(): Promise<undefined> {
  const caller = new Socket({ fd: CALLER_FD })
  caller.on('error', () => {})
  caller.resume()
  return new Promise(resolve => caller.on('close', () => resolve(undefined)))
}

main()
  .catch(error => tell(CALLER_FD, failure(error)))
  // the mounts go with the namespace, and the threads, which wait in read(2), with the process
  .finally(() => process.kill(process.pid, 'SIGKILL'))
