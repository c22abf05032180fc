import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { commands } from '../../src/cli/commands/index.ts'
import { listProfiles } from '../../src/profile/index.ts'
import { mounted } from '../support/mounted.ts'
import { execute, MDEVFS, mdevfs, noMount } from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`commands: skipped, ${noMount}`)

/** Runs a line of sh in which `mdevfs` is this checkout's. */
function sh(line: string, cwd?: string) {
  const script = `mdevfs() { '${process.execPath}' '${MDEVFS}' "$@"; }\n${line}`
  return execute('bash', ['-c', script], cwd === undefined ? {} : { cwd })
}

test('profiles names each with its summary on one line', async t => {
  const { code, stdout } = await mdevfs('profiles')
  t.is(code, 0)
  const lines = stdout.trimEnd().split('\n')
  t.deepEqual(
    lines.map(line => line.split(/ {2,}/)),
    listProfiles().map(({ name, summary }) => [name, summary]),
  )
})

test('tree ends with its reader', async t => {
  const { stdout, stderr } = await sh('mdevfs tree | head -n 1; echo $PIPESTATUS')
  t.is(stdout, '/sys\n0\n')
  t.is(stderr, '')
})

test('tree takes several profiles, follows links, and shows a file alone', async t => {
  const { stdout } = await sh(
    'mdevfs tree /sys/class/mdev_bus -p mtty -p mdpy | tail -n +2 | sort; mdevfs tree /sys/class/mdev_bus/mtty/uevent -p mtty',
  )
  t.is(
    stdout,
    '  mdpy -> ../../devices/virtual/mdpy/mdpy\n  mtty -> ../../devices/virtual/mtty/mtty\n' +
      '/sys/class/mdev_bus/mtty/uevent\n  0644  ""\n',
  )
})

mountTest('tree shows names, modes and contents as the mount does', async t => {
  await using mount = await mounted(['--profile', 'mtty'])
  const path = 'sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2'
  const directory = join(mount.directory, path)
  const expected = readdirSync(directory, { withFileTypes: true }).map(entry => {
    const file = join(directory, entry.name)
    if (entry.isDirectory()) return `  ${entry.name}/`
    const mode = statSync(file).mode & 0o777
    const content = mode & 0o444 ? JSON.stringify(readFileSync(file, 'latin1')) : '(write only)'
    return `  ${entry.name}  ${mode.toString(8).padStart(4, '0')}  ${content}`
  })
  const { stdout } = await mdevfs('tree', `/${path}`, '--profile', 'mtty')
  // node sorts what readdir gives, tree does not
  t.deepEqual(stdout.trimEnd().split('\n').slice(1).sort(), expected.sort())
  const inOrder = await execute('ls', ['-U', directory])
  t.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/[/ ]/)[0]),
    inOrder.stdout.trimEnd().split('\n'),
  )
})

test('validate tells every mistake with its place', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'mdevfs-cli-'))
  try {
    const file = join(directory, 'wrong.yaml')
    writeFileSync(file, 'mdevfs: 1\nname: x\nsumary: y\nkernel: "6.2"\ndevices: []\n')
    const { code, stdout, stderr } = await mdevfs('validate', file)
    t.is(code, 1)
    t.is(stdout, '')
    t.true(stderr.includes(`${file}:3:1: unknown key "sumary"; did you mean "summary"?`), stderr)
    t.true(stderr.includes(`${file}:4:9: "6.2" is not`), stderr)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('completion knows commands and profiles', async t => {
  const script = await mdevfs('completion')
  t.is(script.code, 0)
  t.regex(script.stdout, /mdevfs/)
  const complete = async (...line: string[]) =>
    (await mdevfs('--get-yargs-completions', 'mdevfs', ...line)).stdout.trimEnd().split('\n')
  t.true((await complete('')).some(word => word.startsWith('umount')))
  t.deepEqual(
    await complete('run', '--profile', ''),
    listProfiles().map(({ name }) => name),
  )
})

mountTest('a working directory that is gone is told as such, where it matters', async t => {
  const { code, stdout, stderr } = await sh(
    'cd $(mktemp -d) && rmdir $PWD && mdevfs tree /sys/bus/pci/slots && mdevfs run -- true',
  )
  t.is(stdout, '/sys/bus/pci/slots\n')
  t.is(stderr, 'mdevfs: The working directory is gone: cd to one that is there.\n')
  t.is(code, 1)
})

/** What a command shows as examples. */
function examplesOf({ builder }: (typeof commands)[number]): string[] {
  const examples: string[] = []
  const recorder: object = new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...words: unknown[]) => {
          if (method === 'example') examples.push(String(words[0]))
          return recorder
        },
    },
  )
  ;(builder as (yargs: object) => object)(recorder)
  return examples
}

const nameOf = ({ command }: (typeof commands)[number]) => String(command).split(' ')[0]!

/** Need much that is not everywhere, and have tests of their own. */
const ELSEWHERE = ['libvirt', 'config', 'migrate']

mountTest('the examples of help work', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'mdevfs-cli-'))
  try {
    writeFileSync(
      join(directory, 'my-host.yaml'),
      'mdevfs: 1\nname: x\nsummary: y\ndevices:\n  - sample: mtty\n',
    )
    for (const command of commands.filter(each => !ELSEWHERE.includes(nameOf(each)))) {
      const examples = examplesOf(command)
      t.true(examples.length > 0, nameOf(command))
      for (const example of examples) {
        const line = example.replaceAll('$0', 'mdevfs').replaceAll('/tmp/', `${directory}/`)
        const { code, stderr } = await sh(line, directory)
        t.is(code, 0, `${line}: ${stderr}`)
      }
    }
  } finally {
    await execute('umount', ['-i', '-l', join(directory, 'm')])
    rmSync(directory, { recursive: true })
  }
})
