import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { execute, MDEVFS, noMount } from '../support/processes.ts'
import { oracleFile } from './board.ts'
import { type Difference, type Expected, judge } from './differences.ts'

export interface Script {
  /** The file in scripts/, without its ending. */
  readonly script: string
  /** The file in recorded/, without its ending. */
  readonly recorded: string
  /** Built-in profiles or files. */
  readonly profiles: readonly string[]
  readonly kernel: string
  /** Holds uevents against each other too. */
  readonly uevents?: boolean
  /** Files that are elsewhere on this machine: how their paths begin in the script, and here, as a shell has it. */
  readonly moved?: { readonly from: string; readonly to: string }
  readonly expected: readonly Expected[]
}

/** Runs the exerciser, $1, with the script $2, where paths that begin with $3 begin with what the shell makes of TO. */
const MOVED = (to: string) => `to="${to}"
sed "s,$3,$to,g" "$2" > "$2.moved"
"$1" "$2.moved" | sed "s,$to,$3,g"`

/** Events of real devices that come and go meanwhile: root's network namespaces get them all. */
const HOST_EVENTS = /^! uevent "\w+@\/devices\/virtual\/bdi\/.*\n/gm

/** Why no script can be run here, if so. */
export function noOracle(): string | undefined {
  if (noMount !== undefined) return noMount
  for (const [program, what] of [
    ['cc', 'a C compiler'],
    ['python3', 'python3'],
  ] as const)
    if (spawnSync(program, ['--version']).status !== 0) return `${what} is not installed`
  return undefined
}

/** Does what the script says on a fake machine, and fails where the answers are not those of the real one. */
export async function oracle(t: ExecutionContext, script: Script): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mdevfs-oracle-'))
  const exerciser = join(directory, 'sx')
  const compiled = await execute('cc', ['-O2', '-w', '-o', exerciser, oracleFile('sx.c')])
  t.is(compiled.code, 0, compiled.stderr)

  const operations = join(directory, 'operations')
  // where nobody looks at uevents, nobody waits for them
  const wait = script.uevents ? '' : 'evwait 0\n'
  writeFileSync(operations, wait + readFileSync(oracleFile(`scripts/${script.script}.sx`), 'utf8'))
  const ran = await execute(process.execPath, [
    MDEVFS,
    'run',
    '--bare',
    ...(script.uevents ? ['--net'] : []),
    ...script.profiles.flatMap(profile => ['--profile', profile]),
    '--kernel',
    script.kernel,
    '--',
    ...(script.moved
      ? ['sh', '-c', MOVED(script.moved.to), 'sh', exerciser, operations, script.moved.from]
      : [exerciser, operations]),
  ])
  t.is(ran.stderr, '')
  t.is(ran.code, 0)

  const transcript = join(directory, 'transcript')
  writeFileSync(transcript, ran.stdout.replace(HOST_EVENTS, ''))
  const compared = await execute('python3', [
    oracleFile('compare.py'),
    '--json',
    ...(script.uevents ? ['--uevents'] : []),
    oracleFile(`recorded/${script.recorded}.txt`),
    transcript,
  ])
  const { agree, total, differ } = JSON.parse(compared.stdout) as {
    agree: number
    total: number
    differ: Difference[]
  }
  t.log(`${agree} of ${total} operations agree`)
  const { unexpected, unmet } = judge(differ, script.expected)
  t.is(unexpected.join('\n'), '', `the transcript is in ${transcript}`)
  t.deepEqual(unmet, [], 'these differences are listed and do not occur any more')
  rmSync(directory, { recursive: true })
}
