import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { canonical, FILE_SYSTEM_TYPE, type MountInfo, mountAt, unmounterOf } from '../fuse/index.ts'
import { RunError } from './error.ts'
import { fromAnywhere } from './machine.ts'
import type { ServerOptions } from './server.ts'
import { linesOf, parseStatus } from './status.ts'

export interface MountOptions extends ServerOptions {
  /** A file that gets what the server prints; otherwise nobody does. */
  readonly log?: string
}

/** A server process that is ready. */
export interface MountedServer {
  readonly pid: number
  readonly mountpoint: string
}

/**
 * Starts a server as a process of its own, in a session of its own, and returns when its mount is ready. Nothing is
 * mounted where it throws.
 */
export async function mount({ log, ...options }: MountOptions): Promise<MountedServer> {
  const output = log === undefined ? 'ignore' : openLog(log)
  const server = spawn(
    process.execPath,
    [fileURLToPath(new URL('./server-process.js', import.meta.url)), JSON.stringify(fromAnywhere(options))],
    {
      detached: true,
      cwd: '/',
      stdio: ['ignore', output, output, 'pipe'],
    },
  )
  if (output !== 'ignore') closeSync(output)
  const lines = linesOf(server.stdio[3] as NodeJS.ReadableStream)
  const { value = '' } = await lines.next()
  await lines.return(undefined)
  const { mountpoint } = parseStatus(value)
  server.unref()
  return { pid: server.pid!, mountpoint }
}

function openLog(file: string): number {
  try {
    return openSync(file, 'a')
  } catch (error) {
    throw new RunError(`The log ${file} can not be written: ${(error as Error).message}.`)
  }
}

/** How long an unmount may take until the server is gone. */
const PATIENCE_MS = 5000

/** How often, and after how long, it is tried again where somebody uses it. */
const BUSY_ATTEMPTS = 8
const BUSY_MS = 50

/** Unmounts what {@link mount} mounted, or what a killed server left; returns when its server is gone too. */
export async function unmount(directory: string): Promise<void> {
  const found = find(directory)
  if (found?.type !== FILE_SYSTEM_TYPE) {
    throw new RunError(`There is no mdevfs mount on ${directory}: findmnt -t ${FILE_SYSTEM_TYPE} lists them.`)
  }
  const server = serverOf(found.source)
  await unmountWhenFree(found.directory, directory)
  const deadline = Date.now() + PATIENCE_MS
  while (server !== undefined && descriptorsOf(server).length > 0 && Date.now() < deadline) await sleep(5)
}

/** Somebody may only have passed by: a shell that looks for names, a daemon that looks at new mounts. */
async function unmountWhenFree(mountpoint: string, directory: string): Promise<void> {
  for (let left = BUSY_ATTEMPTS; ; left--) {
    try {
      return await unmounterOf().unmount(mountpoint)
    } catch (error) {
      if (!/busy/.test(String(error))) throw error
      if (left === 0)
        throw new RunError(
          `${directory} is in use: end the programs that use it first (fuser -vm ${directory} names them).`,
        )
    }
    await sleep(BUSY_MS)
  }
}

function find(directory: string): MountInfo | undefined {
  try {
    return mountAt(canonical(directory))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new RunError(`There is no directory ${directory}.`)
    throw new RunError(`${directory} can not be looked at: ${message}.`)
  }
}

/** The process that serves a mount; undefined where it was killed, and its number may be another's. */
function serverOf(source: string): string | undefined {
  const pid = /^mdevfs:(\d+)$/.exec(source)?.[1]
  return pid !== undefined && descriptorsOf(pid).includes('/dev/fuse') ? pid : undefined
}

/** What a process has open: nothing once it has ended. */
function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        // closed meanwhile
        return []
      }
    })
  } catch {
    return []
  }
}
