import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What 65,536 AP queues cost: mounting `ap-large`, `find` over all of them, writes to apmask that make half of them
 * change hands, before and after somebody looked at them, and the memory of the server at each step.
 * `node dist/bench/ap.js`
 */
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

async function main(): Promise<void> {
  const mount = mkdtempSync(join(tmpdir(), 'mdevfs-bench-'))
  const from = performance.now()
  const args = [MDEVFS, 'mount', mount, '--foreground', '--profile', 'ap-large']
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const step = (what: string, since: number): void =>
    console.log(
      `${what.padEnd(58)} ${String(Math.round(performance.now() - since)).padStart(6)} ms, ${memory(server.pid!)} MiB`,
    )
  const timed = (what: string, work: () => void): void => {
    const since = performance.now()
    work()
    step(what, since)
  }
  const sys = join(mount, 'sys')
  const find = (path: string): number =>
    execFileSync('find', [join(sys, path)], { maxBuffer: 2 ** 30 })
      .toString()
      .split('\n').length - 1
  try {
    for await (const text of server.stdout!) if (String(text).includes('READY')) break
    step('mount', from)
    timed('list /sys/bus/ap/devices', () => readdirSync(join(sys, 'bus/ap/devices')))
    timed('apmask -0-127: 32,768 queues that nobody looked at', () =>
      writeFileSync(join(sys, 'bus/ap/apmask'), '-0-127'),
    )
    timed('find /sys/devices/ap', () => console.log(`${find('devices/ap')} names`))
    timed('the same again', () => find('devices/ap'))
    timed('apmask +0-127: 32,768 queues that find has looked at', () =>
      writeFileSync(join(sys, 'bus/ap/apmask'), '+0-127'),
    )
    timed('apmask -7: 256 queues', () => writeFileSync(join(sys, 'bus/ap/apmask'), '-7'))
    timed('aqmask -7: 255 queues', () => writeFileSync(join(sys, 'bus/ap/aqmask'), '-7'))
  } finally {
    server.kill()
    spawnSync('umount', ['-l', mount], { stdio: 'ignore' })
    rmSync(mount, { recursive: true, force: true })
  }
}

await main()
