import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MDEVFS = fileURLToPath(new URL('../../bin/mdevfs.js', import.meta.url))

/** Processes that descend from one, itself included. */
function family(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // it ended meanwhile
    }
  }
  const members = [pid]
  for (const member of members)
    for (const [child, parent] of parents) if (parent === member) members.push(child)
  return members
}

/** Resident memory of the server, MiB. */
function memory(pid: number): number {
  let kilobytes = 0
  for (const member of family(pid)) {
    const status = readFileSync(`/proc/${member}/status`, 'utf8')
    kilobytes += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  }
  return Math.round(kilobytes / 1024)
}

/** A profile that is mounted while it is measured. */
export interface Measured {
  readonly sys: string
  /** Prints how long that took, and what memory the server has afterwards. */
  timed(what: string, work: () => void): void
  /** How many names `find` prints below a directory of `/sys`. */
  find(path: string, ...tests: string[]): number
}

/** Mounts a profile for as long as the measurements take. */
export async function measure(profile: string, work: (measured: Measured) => void): Promise<void> {
  const mount = mkdtempSync(join(tmpdir(), 'mdevfs-bench-'))
  const sys = join(mount, 'sys')
  const from = performance.now()
  const args = [MDEVFS, 'mount', mount, '--foreground', '--profile', profile]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const step = (what: string, since: number): void =>
    console.log(
      `${what.padEnd(58)} ${String(Math.round(performance.now() - since)).padStart(6)} ms, ${memory(server.pid!)} MiB`,
    )
  try {
    for await (const text of server.stdout!) if (String(text).includes('READY')) break
    step('mount', from)
    work({
      sys,
      timed(what, each) {
        const since = performance.now()
        each()
        step(what, since)
      },
      find: (path, ...tests) =>
        execFileSync('find', [join(sys, path), ...tests], { maxBuffer: 2 ** 30 })
          .toString()
          .split('\n').length - 1,
    })
  } finally {
    server.kill()
    spawnSync('umount', ['-l', mount], { stdio: 'ignore' })
    rmSync(mount, { recursive: true, force: true })
  }
}
