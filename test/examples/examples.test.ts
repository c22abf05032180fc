import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { execute, MDEVFS, noMount, type Output } from '../support/processes.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const EXAMPLES = join(ROOT, 'examples')

interface Example {
  readonly file: string
  /** What runs it, in a copy of the folder. */
  readonly command: readonly [string, ...string[]]
  /** A command that succeeds where the language is present; nothing where Node suffices. */
  readonly needs?: readonly [string, ...string[]]
  readonly mounts: boolean
  readonly stdout?: string
}

const examples: readonly Example[] = [
  {
    file: 'ava.test.js',
    command: [process.execPath, 'node_modules/ava/entrypoints/cli.mjs', 'ava.test.js'],
    mounts: true,
  },
  { file: 'node.test.js', command: [process.execPath, '--test', 'node.test.js'], mounts: true },
  {
    file: 'vitest.test.js',
    command: ['npx', '--no-install', 'vitest', 'run', '--root', '.', 'vitest.test.js'],
    needs: ['npx', '--no-install', 'vitest', '--version'],
    mounts: false,
  },
  {
    file: 'volume.js',
    command: [process.execPath, 'volume.js'],
    mounts: false,
    stdout: '23 left\n/sys/devices/virtual/mtty/mtty/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001\nEEXIST\n',
  },
  {
    file: 'shell.sh',
    command: ['./shell.sh'],
    mounts: true,
    stdout: '23\n83b8f4f2-509f-382f-3c1e-e6bfe0fa1001\n',
  },
  {
    file: 'test_pytest.py',
    command: ['python3', '-m', 'pytest', '-p', 'no:cacheprovider', 'test_pytest.py'],
    needs: ['python3', '-c', 'import pytest'],
    mounts: true,
  },
  {
    file: 'mdevfs_test.go',
    command: ['go', 'test', 'mdevfs_test.go'],
    needs: ['go', 'version'],
    mounts: true,
  },
  {
    file: 'machine.rs',
    command: ['sh', '-c', 'rustc --test machine.rs -o machine && ./machine'],
    needs: ['rustc', '--version'],
    mounts: true,
  },
]

/** Why an example can not be run here, if so. */
function unavailable({ needs, mounts }: Example): string | undefined {
  if (mounts && noMount !== undefined) return noMount
  if (!needs) return undefined
  const [program, ...args] = needs
  return spawnSync(program, args, { cwd: EXAMPLES }).status === 0 ? undefined : `${needs.join(' ')} fails`
}

/** Runs it in a package of its own with `mdevfs` in PATH; what it leaves goes with the directory. */
async function run(t: ExecutionContext, [program, ...args]: readonly [string, ...string[]]): Promise<Output> {
  const out = mkdtempSync(join(tmpdir(), 'mdevfs-example-'))
  t.teardown(() => rmSync(out, { recursive: true }))
  symlinkSync(MDEVFS, join(out, 'mdevfs'))
  cpSync(EXAMPLES, out, { recursive: true })
  mkdirSync(join(out, 'node_modules'))
  for (const [name, target] of [
    ['ava', join(ROOT, 'node_modules/ava')],
    ['.bin', join(ROOT, 'node_modules/.bin')],
    ['mdevfs', ROOT],
  ] as const) {
    symlinkSync(target, join(out, 'node_modules', name))
  }
  writeFileSync(join(out, 'package.json'), '{"type":"module"}')
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${out}:${process.env['PATH']}`,
    PYTHONDONTWRITEBYTECODE: '1',
  }
  // of the test runner around this
  delete env['NODE_TEST_CONTEXT']
  return execute(program, args, { cwd: out, env })
}

for (const example of examples) {
  const reason = unavailable(example)
  if (reason !== undefined) console.log(`examples/${example.file}: skipped, ${reason}`)
  const exampleTest = reason === undefined ? test : test.skip
  exampleTest(`examples/${example.file}`, async t => {
    const { code, stdout, stderr } = await run(t, example.command)
    t.is(code, 0, `${stdout}${stderr}`)
    if (example.stdout !== undefined) t.is(stdout, example.stdout)
  })
}

test('every example is run', t => {
  t.deepEqual(readdirSync(EXAMPLES).sort(), examples.map(({ file }) => file).sort())
})
