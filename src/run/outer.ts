import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { serve } from '../fuse/index.ts'
import { UeventHelper } from '../uevent/index.ts'
import { RunError } from './error.ts'
import { type InnerOptions, innerScript } from './inner.ts'
import type { MachineOptions } from './machine.ts'
import { killNamespace, mountNamespace } from './namespace.ts'
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

/** Places that are there on every system; what is on them is hidden in private namespaces only. */
const PLACES = ['/mnt', '/media', '/opt', '/srv']

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
  const { command, bare, env, binds, network, udev, ...machine } = JSON.parse(
    process.argv[2]!,
  ) as OuterOptions
  const place = PLACES.find(existsSync)
  if (place === undefined)
    throw new RunError(`None of ${PLACES.join(', ')} exists: make one, to mount on in private.`)
  const parts = bare ? [] : realParts()
  const options = { ...machine, bindable: parts, ...(network && ({ uevents: 'kernel' } as const)) }
  const session = await serve({ mountpoint: place, tree: treeOf(options), onMessage: ueventSender() })
  const script = innerScript({ place, parts, binds, network, udev })
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  forwardSignals(child)
  const inner = innerNamespace(child)
  watchCaller(inner)
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.on('exit', (code, signal) => resolve({ code, signal }))
      child.on('error', reject)
    },
  )
  // what the command left in the background can not go on without its /sys
  killNamespace(await inner)
  await session.unmount()
  leave(code, signal)
}

/** Sends whole messages that the serving thread could not send itself; the helper is started with the first. */
function ueventSender(): (message: unknown) => void {
  let helper: UeventHelper | undefined
  return message => {
    helper ??= new UeventHelper()
    helper.send(message as Uint8Array)
  }
}

/** Directories of the real /sys that are bound into the fake. */
function realParts(): string[] {
  const modules = existsSync('/sys/module') ? readdirSync('/sys/module') : []
  const wanted = REAL_MODULES.filter(name => modules.includes(name)).map(name => `module/${name}`)
  return [...REAL_PARTS, ...wanted].filter(path => existsSync(`/sys/${path}`))
}

/** Signals from the terminal reach the command by themselves: this process only has to outlive them. */
function forwardSignals(child: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => {})
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => child.kill(signal))
}

/** The namespace of the command, once unshare has made it; the caller is told, for the case that this process dies. */
async function innerNamespace(child: ChildProcess): Promise<string> {
  const own = mountNamespace('self')
  for (;;) {
    const namespace = mountNamespace(child.pid!)
    if (namespace === undefined) return ''
    if (namespace !== own) {
      tell(CALLER_FD, { ready: true, namespace })
      return namespace
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** When the caller is gone, the command has to go, with all that it started. */
function watchCaller(inner: Promise<string>): void {
  const caller = new Socket({ fd: CALLER_FD })
  caller.on('close', async () => killNamespace(await inner))
  caller.on('error', () => {})
  caller.resume()
  caller.unref()
}

/** Ends as the command ended. */
export function leave(code: number | null, signal: NodeJS.Signals | null): never {
  if (signal) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  // a shell would say the same of a command that a signal ended
  process.exit(code ?? 128 + constants.signals[signal!])
}

main().catch(error => {
  tell(CALLER_FD, failure(error))
  process.exit(1)
})
