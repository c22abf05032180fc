import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'
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
    t.notRegex(readFileSync('/proc/self/mountinfo', 'utf8'), / \/mnt /)
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
