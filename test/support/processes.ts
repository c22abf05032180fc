import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** bin/mdevfs.js of this checkout, seen from the compiled tests. */
export const MDEVFS = fileURLToPath(new URL('../../../bin/mdevfs.js', import.meta.url))

/** Why nothing can be mounted here; undefined where it can. */
export const noMount: string | undefined = (() => {
  if (process.platform !== 'linux') return 'FUSE mounts need Linux'
  if (process.getuid!() !== 0) return 'these mount tests run as root'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return 'there is no /dev/fuse'
  }
  return undefined
})()

export interface Output {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** No test waits longer than this for a program. */
const DEADLINE_MS = 60_000

/** A program in a process group of its own, so that nothing of it outlives the test. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...options })
}

/** Kills a program with all that it started in its group. */
export function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // gone already
  }
}

/** Waits for the end of a program; after the deadline it is killed with its group. */
export async function finish(child: ChildProcess): Promise<Output> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const timer = setTimeout(() => killGroup(child), DEADLINE_MS)
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
    })
  } finally {
    clearTimeout(timer)
  }
}

export function execute(command: string, args: readonly string[], options?: SpawnOptions): Promise<Output> {
  return finish(start(command, args, options))
}

/** Runs `mdevfs` with these arguments. */
export function mdevfs(...args: string[]): Promise<Output> {
  return execute(process.execPath, [MDEVFS, ...args])
}

/** Processes whose command line contains a text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Waits until something holds; false when it does not within the time that a crowded machine may need. */
export async function eventually(holds: () => boolean): Promise<boolean> {
  const end = Date.now() + DEADLINE_MS
  while (Date.now() < end) {
    if (holds()) return true
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  return holds()
}
