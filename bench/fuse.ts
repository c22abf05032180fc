import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What one request costs, against a minimal libfuse3 file system in C and the kernel's own sysfs: the same operations in
 * turn, round after round, and the ratio of the medians. `node dist/bench/fuse.js`
 *
 * Once with client and server on one CPU, which shows their work, and once with both free, where most of the time is the
 * wake-up of another CPU, as long or as short as the scheduler has it.
 */
const SOURCES = fileURLToPath(new URL('../../bench/', import.meta.url))
const MDEVFS = fileURLToPath(new URL('../../bin/mdevfs.js', import.meta.url))
const ROUNDS = 15

interface Subject {
  readonly name: string
  /** Arguments of the client for each operation; an operation that it lacks is absent. */
  readonly operations: Readonly<Record<string, readonly string[]>>
}

const COUNTS: Readonly<Record<string, number>> = { read: 3000, stat: 6000, readdir: 2000, change: 300 }
const LABELS: Readonly<Record<string, string>> = {
  read: 'open, read, close',
  stat: 'stat, not from the cache',
  readdir: 'readdir of 20 names',
  change: 'create and remove',
}

const work = mkdtempSync(join(tmpdir(), 'mdevfs-bench-'))

function compile(source: string, flags: readonly string[] = []): string | undefined {
  const output = join(work, source.replace('.c', ''))
  const { status } = spawnSync('cc', ['-O2', '-o', output, join(SOURCES, source), ...flags], {
    stdio: 'ignore',
  })
  return status === 0 ? output : undefined
}

/** A command on these CPUs, as taskset(1) of util-linux has them. */
type Placement = readonly string[]
const PLACEMENTS: Readonly<Record<string, Placement>> = {
  'on one CPU': ['taskset', '-c', '0'],
  'on any CPU': ['env'],
}

async function serve(placement: Placement, ...command: readonly string[]): Promise<ChildProcess> {
  const [program, ...args] = [...placement, ...command]
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const text of child.stdout!) if (String(text).includes('READY')) break
  return child
}

/** A directory of the real sysfs with about 20 names, and a file in it. */
function sysfs(): Subject | undefined {
  for (const directory of [
    '/sys/kernel',
    '/sys/devices/system/cpu',
    '/sys/module/kernel/parameters',
    '/sys/power',
  ]) {
    if (!existsSync(directory)) continue
    const names = readdirSync(directory, { withFileTypes: true })
    const file = names.find(
      entry => entry.isFile() && ['uevent_seqnum', 'online', 'state', 'panic'].includes(entry.name),
    )
    if (file && names.length > 5) {
      const path = join(directory, file.name)
      return {
        name: 'kernel sysfs',
        operations: { read: ['read', path], stat: ['stat', path], readdir: ['readdir', directory] },
      }
    }
  }
  return undefined
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function compileYardstick(): string | undefined {
  const { stdout } = spawnSync('pkg-config', ['--cflags', '--libs', 'fuse3'], { encoding: 'utf8' })
  const flags = stdout?.trim()
  return compile('yardstick.c', flags ? flags.split(/\s+/) : ['-I/usr/include/fuse3', '-lfuse3'])
}

/** The machine on a directory. */
function mdevfs(directory: string): Subject {
  const parent = join(directory, 'sys/devices/virtual/mtty/mtty')
  const type = join(parent, 'mdev_supported_types/mtty-1')
  const uuid = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
  return {
    name: 'mdevfs',
    operations: {
      read: ['read', join(type, 'name')],
      stat: ['stat', join(type, 'name')],
      readdir: ['readdir', join(directory, 'sys')],
      change: ['change', join(type, 'create'), uuid, join(parent, uuid, 'remove')],
    },
  }
}

function yardstick(directory: string): Subject {
  return {
    name: 'C, libfuse3',
    operations: {
      read: ['read', join(directory, 'file1')],
      stat: ['stat', join(directory, 'file1')],
      readdir: ['readdir', directory],
      change: ['change', join(directory, 'create'), '1', join(directory, 'remove')],
    },
  }
}

/** Nanoseconds of each subject's operation, the median of all rounds. */
function measure(
  client: readonly string[],
  operation: string,
  subjects: readonly Subject[],
): Map<string, number> {
  const times = new Map<string, number[]>()
  const [program, ...placed] = client
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, operations } of subjects) {
      const args = operations[operation]
      if (!args) continue
      const nanoseconds = Number(execFileSync(program!, [...placed, ...args, String(COUNTS[operation])]))
      // the first round warms up
      if (round > 0) times.set(name, [...(times.get(name) ?? []), nanoseconds])
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]))
}

function line(operation: string, times: ReadonlyMap<string, number>): string {
  const base = times.get('mdevfs')!
  const parts = [...times].map(([name, each]) => {
    const microseconds = `${(each / 1000).toFixed(1)} us`
    return name === 'mdevfs' ? microseconds : `${(base / each).toFixed(2)} x ${name} (${microseconds})`
  })
  return `${LABELS[operation]!.padEnd(26)} ${parts.join(', ')}`
}

async function compare(placement: Placement, client: string, yard: string | undefined): Promise<void> {
  const directories = [join(work, 'mdevfs'), join(work, 'c')] as const
  for (const directory of directories) mkdirSync(directory, { recursive: true })
  const [own, other] = directories
  const servers = [
    await serve(placement, process.execPath, MDEVFS, 'mount', own, '--foreground', '--profile', 'mtty'),
    ...(yard ? [await serve(placement, yard, other)] : []),
  ]
  const subjects = [mdevfs(own), ...(yard ? [yardstick(other)] : []), sysfs()].filter(
    subject => subject !== undefined,
  )
  try {
    for (const operation of Object.keys(COUNTS)) {
      console.log(line(operation, measure([...placement, client], operation, subjects)))
    }
  } finally {
    for (const server of servers) server.kill()
    for (const directory of directories) spawnSync('umount', ['-l', directory], { stdio: 'ignore' })
  }
}

async function main(): Promise<void> {
  try {
    const client = compile('client.c')
    if (!client)
      throw new Error('no C compiler (cc): the client is a C program, so that Node does not measure itself')
    const yard = compileYardstick()
    if (!yard) console.log('libfuse3-dev is not installed: compared with the kernel alone.')
    for (const [name, placement] of Object.entries(PLACEMENTS)) {
      console.log(`client and server ${name}:`)
      await compare(placement, client, yard)
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

await main()
