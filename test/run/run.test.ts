import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import test from 'ava'
import { RunError, run as startRun } from '../../src/run/index.ts'
import { asUser, USERS_MDEVFS, whyUserCanNot } from '../support/ordinary-user.ts'
import {
  eventually,
  execute,
  finish,
  killGroup,
  MDEVFS,
  mdevfs,
  noMount,
  processesWith,
  start,
} from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`run: skipped, ${noMount}`)

const run = (...args: string[]) => mdevfs('run', '--profile', 'mtty', ...args)
const sh = (script: string) => run('--', 'sh', '-c', script)

/** A word that only the processes of one test have in their command lines. */
let marks = 0
const mark = () => `mdevfs-test-${process.pid}-${++marks}`

mountTest('the program sees the machine as its /sys and /dev/vfio, and the rest as it was', async t => {
  const { code, stdout, stderr } = await execute(
    process.execPath,
    [
      MDEVFS,
      'run',
      '--profile',
      'mtty',
      '--',
      'sh',
      '-c',
      'ls /sys/class/mdev_bus /dev/vfio; pwd; cat; echo $SYSTEMD_DEVICE_VERIFY_SYSFS',
    ],
    { cwd: '/usr' },
  )
  t.is(stderr, '')
  t.is(stdout, '/dev/vfio:\nvfio\n\n/sys/class/mdev_bus:\nmtty\n/usr\n0\n')
  t.is(code, 0)
  t.false(existsSync('/sys/class/mdev_bus/mtty'))
})

mountTest('devices of /dev work, and nothing is made in the /dev that others see', async t => {
  const before = existsSync('/dev/vfio')
  const { stdout, code } = await sh(
    'echo x > /dev/null && head -c 3 /dev/zero | od -An -tx1 && ls -d /dev/pts /dev/shm && echo $(ls -l /dev/fd)',
  )
  t.is(code, 0)
  t.regex(stdout, /^ 00 00 00\n\/dev\/pts\n\/dev\/shm\n/)
  t.is(existsSync('/dev/vfio'), before)
})

mountTest('CPUs and cgroups are the real ones, unless --bare', async t => {
  const online = readFileSync('/sys/devices/system/cpu/online', 'utf8')
  t.is((await sh('cat /sys/devices/system/cpu/online')).stdout, online)
  const bare = await run('--bare', '--', 'ls', '/sys/devices/system')
  t.is(bare.stdout, '')
  t.is(bare.code, 0)
})

mountTest('status and signals of the program pass through', async t => {
  t.is((await sh('exit 7')).code, 7)
  t.is((await sh('exit 125')).code, 125)
  t.is((await run('--', '/no/such/program')).code, 127)
  t.is((await run('--', '/etc/passwd')).code, 126)
  t.is((await sh('kill -TERM $$')).signal, 'SIGTERM')
  const word = mark()
  const child = start(process.execPath, [
    MDEVFS,
    'run',
    '--profile',
    'mtty',
    '--',
    'sh',
    '-c',
    'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done',
    word,
  ])
  const up = new Promise(resolve => child.stdout!.once('data', resolve))
  const ended = finish(child)
  await up
  child.kill('SIGTERM')
  t.is((await ended).code, 9)
})

mountTest('Ctrl-C reaches the program, and mdevfs waits for it', async t => {
  const child = start(process.execPath, [
    MDEVFS,
    'run',
    '--profile',
    'mtty',
    '--',
    'sh',
    '-c',
    'trap "sleep 0.3; echo bye; exit 5" INT; echo up; while :; do sleep 0.1; done',
  ])
  const up = new Promise(resolve => child.stdout!.once('data', resolve))
  const ended = finish(child)
  await up
  // a terminal sends it to the whole group
  process.kill(-child.pid!, 'SIGINT')
  const { code, stdout } = await ended
  t.is(code, 5)
  t.regex(stdout, /bye/)
})

for (const [victim, pattern] of [
  ['the command line', 'bin/mdevfs.js'],
  ['the server', 'dist/src/run/outer.js'],
] as const) {
  mountTest(`nothing is left when ${victim} is killed with SIGKILL`, async t => {
    const word = mark()
    const child = start(process.execPath, [
      MDEVFS,
      'run',
      '--profile',
      'mtty',
      '--',
      'sh',
      '-c',
      'echo up; sleep 60; :',
      word,
    ])
    const up = new Promise(resolve => child.stdout!.once('data', resolve))
    const ended = finish(child)
    await up
    const pid = processesWith(word).find(each =>
      readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(pattern),
    )
    t.truthy(pid)
    process.kill(pid!, 'SIGKILL')
    await ended
    t.true(await eventually(() => processesWith(word).length === 0), 'processes are left')
    killGroup(child)
    // other tests mount below /tmp meanwhile
    t.notRegex(readFileSync('/proc/self/mountinfo', 'utf8'), / \/(?!tmp\/)\S* \S* - fuse\.mdevfs/)
  })
}

mountTest('two runs side by side do not see each other', async t => {
  const create =
    'T=/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1; echo 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 > $T/create; sleep 0.5; cat $T/available_instances'
  const runs = await Promise.all([sh(create), sh(create)])
  for (const { stdout, code } of runs) {
    t.is(stdout, '23\n')
    t.is(code, 0)
  }
})

mountTest('what is wrong is said in one sentence, and the status is 1', async t => {
  const { code, stderr } = await mdevfs('run', '--profile', 'mtti', '--', 'true')
  t.is(code, 1)
  t.is(stderr, 'mtti: there is no built-in profile of that name; did you mean "mtty"?\n')
})

mountTest('what the program left in the background ends with it, in whatever namespace', async t => {
  const word = mark()
  const { code } = await run(
    ...['--', 'sh', '-c', 'sh -c "sleep 60; :" $0 & unshare -m sh -c "sleep 60; :" $0 & sleep 0.3; exit 4'],
    word,
  )
  t.is(code, 4)
  t.deepEqual(processesWith(word), [])
})

mountTest('the environment is passed on as it is, names included that a shell does not know', async t => {
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/root',
    OLDPWD: '/nowhere',
    'a.b': '1 2',
    'c-d': "'",
  }
  const { stdout, code } = await execute(process.execPath, [MDEVFS, 'run', '--', 'env', '-0'], {
    env: environment,
  })
  t.is(code, 0)
  const seen = Object.fromEntries(
    stdout
      .split('\0')
      .filter(line => line !== '')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  // shells set these for the programs they start
  for (const name of ['PWD', 'SHLVL', '_']) delete seen[name]
  t.deepEqual(seen, { ...environment, SYSTEMD_DEVICE_VERIFY_SYSFS: '0' })
})

mountTest('the program gets no descriptor of mdevfs', async t => {
  const count = 'ls /proc/self/fd | wc -l'
  t.is((await sh(count)).stdout, (await execute('sh', ['-c', count])).stdout)
})

for (const directory of ['/', '/mnt', '/sys/kernel', '/dev/pts'].filter(existsSync)) {
  mountTest(`the working directory stays ${directory}`, async t => {
    const { stdout, code } = await execute(
      process.execPath,
      [MDEVFS, 'run', '--bare', '--profile', 'mtty', '--', 'sh', '-c', 'pwd; ls -d "$PWD" .'],
      { cwd: directory },
    )
    t.is(code, 0)
    t.is(stdout, `${directory}\n.\n${directory}\n`)
  })
}

mountTest('a signal to the command line alone reaches the program', async t => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) {
    const child = start(process.execPath, [
      ...[MDEVFS, 'run', '--profile', 'mtty', '--'],
      ...['sh', '-c', `trap "exit 9" ${signal.slice(3)}; echo up; while :; do sleep 0.1; done`],
    ])
    const up = new Promise(resolve => child.stdout!.once('data', resolve))
    const ended = finish(child)
    await up
    child.kill(signal)
    t.is((await ended).code, 9, signal)
  }
})

mountTest('the signal that ended the program ends mdevfs; a core is left once', async t => {
  t.is((await sh('kill -KILL $$')).signal, 'SIGKILL')
  t.is((await sh('kill -HUP $$')).signal, 'SIGHUP')
  t.is((await sh('ulimit -c 0; kill -SEGV $$')).code, 128 + constants.signals.SIGSEGV)
})

const whyNoUser = whyUserCanNot(`unshare -Urm true && test -w /dev/fuse && '${process.execPath}' -v`)
const userTest = noMount === undefined && whyNoUser === undefined ? test : test.skip
if (whyNoUser !== undefined) console.log(`run as a user: skipped, ${whyNoUser}`)

userTest('a user without privileges is root of the machine, and leaves nothing behind', async t => {
  const word = mark()
  const { code, stdout, stderr } = await asUser(
    ...[process.execPath, USERS_MDEVFS, 'run', '--profile', 'mtty', '--', 'sh', '-c'],
    `sh -c 'sleep 60; :' ${word} &
     T=/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1
     echo 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 > $T/create
     id -u; cat $T/available_instances; ls /dev/vfio; echo x > /dev/null; exit 3`,
  )
  t.is(stderr, '')
  t.is(stdout, '0\n23\n0\nvfio\n')
  t.is(code, 3)
  t.deepEqual(processesWith(word), [])
})

userTest('who may make no namespaces is told so, in one sentence', async t => {
  const { code, stderr } = await execute('unshare', [
    ...['-U', '-r', 'sh', '-c', 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', 'sh'],
    ...['setpriv', '--inh-caps', '-all', '--bounding-set', '-all'],
    ...[process.execPath, MDEVFS, 'run', '--', 'true'],
  ])
  t.is(
    stderr,
    'mdevfs: This user may not make user namespaces: run as root, or allow them with `sysctl user.max_user_namespaces=10000`.\n',
  )
  t.is(code, 1)
})

mountTest('a server that is killed ends the program, what it started included', async t => {
  const word = mark()
  const running = startRun({
    profiles: ['mtty'],
    command: ['sh', '-c', 'sh -c "sleep 60; :" $0 & echo up; sleep 60; :', word],
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(resolve => running.process.stdout!.once('data', resolve))
  await running.started
  running.process.kill('SIGKILL')
  t.deepEqual(await running.ended, { exitCode: null, signal: 'SIGKILL' })
  t.deepEqual(processesWith(word), [])
})

mountTest('the library says exactly how the program ended, and what kept it from starting', async t => {
  const ended = (...command: string[]) =>
    startRun({ profiles: ['mtty'], command, stdio: ['ignore', 'ignore', 'ignore'] }).ended
  t.deepEqual(await ended('sh', '-c', 'exit 137'), { exitCode: 137, signal: null })
  t.deepEqual(await ended('sh', '-c', 'ulimit -c 0; kill -SEGV $$'), { exitCode: null, signal: 'SIGSEGV' })
  const error = await t.throwsAsync(startRun({ profiles: ['mtti'], command: ['true'] }).ended, {
    instanceOf: RunError,
  })
  t.is(error?.problems?.length, 1)
})

/** Runs a program in a terminal of its own, where somebody types Ctrl-C once it says `up`. */
const TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
seen = b''
while True:
    try: piece = os.read(terminal, 4096)
    except OSError: break
    if not piece: break
    typed = b'up' in seen
    seen += piece
    if b'up' in seen and not typed: os.write(terminal, bytes([3]))
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), b'once' in seen, b'twice' in seen)
`

const noPython = spawnSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode']).status !== 0
const terminalTest = noPython ? test.skip : mountTest
if (noPython) console.log('run in a terminal: skipped, there is no python3 (3.9 or later)')

terminalTest('Ctrl-C in a terminal reaches the program, once', async t => {
  const inTerminal = async (script: string) => {
    const words = ['run', '--profile', 'mtty', '--', 'sh', '-c', script]
    const { stdout } = await execute('python3', ['-c', TERMINAL, process.execPath, MDEVFS, ...words])
    return stdout
  }
  const counts = 'n=; trap \'case "$n" in "") n=1; echo once ;; *) echo twice ;; esac\' INT'
  t.is(await inTerminal(`${counts}; echo up; sleep 1; sleep 0.3; exit 6`), '6 True False\n')
  t.is(await inTerminal('echo up; exec sleep 60'), `${-constants.signals.SIGINT} False False\n`)
})
