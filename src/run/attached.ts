import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, rmdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { FILE_SYSTEM_TYPE, mountAt, unmounterOf } from '../fuse/index.ts'
import type { Uevent } from '../sysfs/lib/kobject-uevent.ts'
import type { AttachedServerOptions } from './attached-server.ts'
import { UeventQueue } from './events.ts'
import { fromAnywhere, type MachineOptions } from './machine.ts'
import { parseStatus } from './status.ts'
import type { Transport } from './transport.ts'

export interface AttachedOptions extends Pick<MachineOptions, 'profiles' | 'kernel'> {
  /** Where to mount: a directory that exists. Without it one is made, and removed with the mount. */
  readonly dir?: string
  /** `kernel` for root; for others `fuse-native` where it is installed and fusermount is setuid. */
  readonly transport?: Transport
}

/** A machine that is mounted as long as this process wants it. */
export interface MountedMachine extends AsyncDisposable {
  /** The mount, a root with `sys` and `dev`: for options like MDEVCTL_ENV_ROOT. */
  readonly root: string
  /** What is `/sys` on the machine. */
  readonly path: string
  /** What is `/dev` on the machine. */
  readonly dev: string
  /** Its uevents since it was mounted, in their order. */
  readonly events: AsyncIterable<Uevent, undefined>
  /** Takes the mount away, used or not, and returns when it is gone. */
  unmount(): Promise<void>
}

/**
 * Mounts a machine for as long as this process wants it. The server is a process of its own, so a synchronous read of
 * the mount does not wait for itself; and in whatever way this process ends, the mount goes away with it.
 *
 * Throws a {@link RunError} that says in one sentence why it can not be.
 */
export async function mountAttached({ dir, ...machine }: AttachedOptions): Promise<MountedMachine> {
  const options: AttachedServerOptions = {
    ...fromAnywhere(machine),
    ...(dir !== undefined && { mountpoint: resolve(dir) }),
  }
  const server = spawn(
    process.execPath,
    [fileURLToPath(new URL('./attached-server.js', import.meta.url)), JSON.stringify(options)],
    // a session of its own: what kills the group of this process leaves the server, which then clears up
    { detached: true, cwd: '/', stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  )
  const socket = server.stdio[3] as Socket
  const ended = new Promise<void>(done => server.on('exit', () => done()))
  const lines = createInterface({ input: socket })
  const events = new UeventQueue(waiting => (waiting ? socket.ref() : socket.unref()))
  const first = await new Promise<string>((done, failed) => {
    server.on('error', failed)
    lines.once('line', done)
    lines.once('close', () => done(''))
    socket.on('error', () => {})
  })
  const status = parseStatus(first)
  const root = 'mountpoint' in status ? status.mountpoint : ''
  lines.on('line', line => events.push(JSON.parse(line) as Uevent))
  lines.on('close', () => events.end())
  server.unref()
  socket.unref()
  const unmount = async (): Promise<void> => {
    server.ref()
    socket.end()
    await ended
    await clear(server, root, dir === undefined)
  }
  return {
    root,
    path: join(root, 'sys'),
    dev: join(root, 'dev'),
    events,
    unmount,
    [Symbol.asyncDispose]: unmount,
  }
}

/** What a server that was killed left. */
async function clear(server: ChildProcess, mountpoint: string, own: boolean): Promise<void> {
  if (server.signalCode === null) return
  if (mountAt(mountpoint)?.type === FILE_SYSTEM_TYPE) await unmounterOf().abort(mountpoint)
  if (own && existsSync(mountpoint)) rmdirSync(mountpoint)
}
