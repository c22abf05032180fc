import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What one request costs, against a minimal libfuse3 file system in C and the kernel's own sysfs: the same operations in
 * turn, round after round, and the ratio of the medians. `node dist/bench/fuse.js`
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

async function serve(command: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
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

async function main(): Promise<void> {
  const client = compile('client.c')
  if (!client)
    throw new Error('no C compiler (cc): the client is a C program, so that Node does not measure itself')
  const own = join(work, 'mdevfs')
  const yard = join(work, 'c')
  execFileSync('mkdir', [own, yard])
  const server = await serve(process.execPath, [MDEVFS, 'mount', own, '--foreground', '--profile', 'mtty'])
  const flags = spawnSync('pkg-config', ['--cflags', '--libs', 'fuse3'])
    .stdout?.toString()
    .trim()
    .split(/\s+/)
  const yardstick = compile('yardstick.c', flags?.[0] ? flags : ['-I/usr/include/fuse3', '-lfuse3'])
  const yardServer = yardstick ? await serve(yardstick, [yard]) : undefined
  if (!yardServer) console.log('libfuse3-dev is not installed: compared with the kernel alone.')

  const parent = join(own, 'sys/devices/virtual/mtty/mtty')
  const type = join(parent, 'mdev_supported_types/mtty-1')
  const uuid = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
  const subjects: Subject[] = [
    {
      name: 'mdevfs',
      operations: {
        read: ['read', join(type, 'name')],
        stat: ['stat', join(type, 'name')],
        readdir: ['readdir', join(own, 'sys')],
        change: ['change', join(type, 'create'), uuid, join(parent, uuid, 'remove')],
      },
    },
    ...(yardServer
      ? [
          {
            name: 'C, libfuse3',
            operations: {
              read: ['read', join(yard, 'file1')],
              stat: ['stat', join(yard, 'file1')],
              readdir: ['readdir', yard],
              change: ['change', join(yard, 'create'), '1', join(yard, 'remove')],
            },
          },
        ]
      : []),
    ...[sysfs()].filter(subject => subject !== undefined),
  ]

  try {
    for (const [operation, count] of Object.entries(COUNTS)) {
      const times = new Map<string, number[]>(subjects.map(({ name }) => [name, []]))
      for (let round = 0; round <= ROUNDS; round++) {
        for (const { name, operations } of subjects) {
          const args = operations[operation]
          if (!args) continue
          const nanoseconds = Number(execFileSync(client, [...args, String(count)]))
          // the first round warms up
          if (round > 0) times.get(name)!.push(nanoseconds)
        }
      }
      const base = median(times.get('mdevfs')!)
      const parts = subjects
        .filter(({ name }) => times.get(name)!.length > 0)
        .map(({ name }) => {
          const each = median(times.get(name)!)
          return name === 'mdevfs'
            ? `${(each / 1000).toFixed(1)} us`
            : `${(base / each).toFixed(2)} x ${name} (${(each / 1000).toFixed(1)} us)`
        })
      console.log(`${LABELS[operation]!.padEnd(26)} ${parts.join(', ')}`)
    }
  } finally {
    server.kill()
    yardServer?.kill()
    for (const directory of [own, yard]) spawnSync('umount', ['-l', directory], { stdio: 'ignore' })
    rmSync(work, { recursive: true, force: true })
  }
}

await main()
