import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { mount, type Uevent } from '../../src/index.ts'
import { uuid } from '../support/machine.ts'
import { isMounted, temporaryDirectory } from '../support/mounted.ts'
import {
  eventually,
  execute,
  finish,
  noMount,
  type Output,
  processesWith,
  start,
} from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`api: skipped, ${noMount}`)

const TYPE = 'class/mdev_bus/mtty/mdev_supported_types/mtty-1'
const API = fileURLToPath(new URL('../../src/index.js', import.meta.url))

mountTest('synchronous calls on the mount, and nothing is left of it', async t => {
  let root: string
  {
    await using sys = await mount({ profiles: ['mtty'] })
    root = sys.root
    t.is(sys.path, `${root}/sys`)
    t.is(sys.dev, `${root}/dev`)
    t.is(readFileSync(`${sys.path}/${TYPE}/name`, 'utf8'), 'Single port serial\n')
    writeFileSync(`${sys.path}/${TYPE}/create`, uuid(1))
    t.deepEqual(readdirSync(`${sys.path}/bus/mdev/devices`), [uuid(1)])
    t.deepEqual(readdirSync(sys.dev), ['kmsg', 'vfio'])
  }
  t.false(existsSync(root))
  t.deepEqual(processesWith(root), [])
})

mountTest('uevents come in their order, whoever reads, and end with the mount', async t => {
  const sys = await mount({ profiles: ['mtty'], kernel: '6.1' })
  writeFileSync(`${sys.path}/${TYPE}/create`, uuid(1))
  const device = `/devices/virtual/mtty/mtty/${uuid(1)}`
  const heard: Uevent[] = []
  for await (const event of sys.events) {
    heard.push(event)
    if (event.devpath === device) break
  }
  t.is(heard[0]?.action, 'add')
  writeFileSync(`${sys.path}${device}/remove`, '1')
  for await (const event of sys.events) {
    heard.push(event)
    if (event.action === 'remove' && event.devpath === device) break
  }
  t.deepEqual(
    heard.map(({ seqnum }) => seqnum),
    heard.map((_, i) => heard[0]!.seqnum + i),
  )
  await sys.unmount()
  for await (const _ of sys.events) t.fail('an event after the end')
})

mountTest('on a directory that is there, used or not', async t => {
  const dir = temporaryDirectory()
  const sys = await mount({ profiles: ['mtty'], dir })
  t.is(sys.root, dir)
  const user = start('sleep', ['60'], { cwd: sys.path })
  const ended = finish(user)
  await sys.unmount()
  t.false(isMounted(dir))
  t.deepEqual(readdirSync(dir), [])
  await sys.unmount()
  user.kill()
  await ended
  rmdirSync(dir)
})

mountTest('what is wrong is said in one sentence, and nothing is mounted', async t => {
  await t.throwsAsync(mount({ profiles: ['mtti'] }), { name: 'RunError', message: /did you mean "mtty"/ })
  await t.throwsAsync(mount({ profiles: ['mtty'], dir: '/no/such' }), {
    name: 'RunError',
    message: 'There is no directory /no/such: make it first (mkdir -p /no/such).',
  })
})

/** Runs a program that mounts below TMPDIR, and holds that it leaves nothing there however it ends. */
async function leavesNothing(t: ExecutionContext, script: string): Promise<Output> {
  const directory = temporaryDirectory()
  const output = await execute(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TMPDIR: directory, API },
  })
  t.true(await eventually(() => readdirSync(directory).length === 0), 'directories are left')
  t.false(readFileSync('/proc/self/mountinfo', 'utf8').includes(directory), 'mounts are left')
  t.true(await eventually(() => processesIn(directory).length === 0), 'processes are left')
  rmdirSync(directory)
  return output
}

/** Processes that were started with that TMPDIR. */
function processesIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${directory}\0`)
      } catch {
        return false
      }
    })
}

const MOUNT = `
  import { readdirSync, readFileSync } from 'node:fs'
  const { mount } = await import(process.env.API)
  const sys = await mount({ profiles: ['mtty'] })
  readFileSync(sys.path + '/${TYPE}/name')
`

for (const [end, script, expected] of [
  ['comes to its end', '', { code: 0 }],
  ['exits', 'process.exit(3)', { code: 3 }],
  ['throws', 'throw new Error()', { code: 1 }],
  ['is killed', "process.kill(process.pid, 'SIGKILL')", { signal: 'SIGKILL' }],
  ['aborts', 'process.abort()', { signal: 'SIGABRT' }],
] as const) {
  mountTest(`the mount goes when the process ${end}`, async t => {
    t.like(await leavesNothing(t, `${MOUNT}${script}`), expected)
  })
}

mountTest('the mount goes when the process is killed while a program uses it', async t => {
  await leavesNothing(
    t,
    `import { spawn } from 'node:child_process'
    ${MOUNT}
    spawn('sleep', ['0.5'], { cwd: sys.path, detached: true, stdio: 'ignore' })
    process.kill(process.pid, 'SIGKILL')`,
  )
})

mountTest('a server that was killed leaves nothing after unmount', async t => {
  const { stderr, code } = await leavesNothing(
    t,
    `${MOUNT}
    const [server] = readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').split(' ')
    process.kill(Number(server), 'SIGKILL')
    await sys.unmount()
    for await (const event of sys.events) console.log(event)`,
  )
  t.is(stderr, '')
  t.is(code, 0)
})

mountTest('100 machines of 8 processes at once, some killed: nothing is left', async t => {
  const script = (machines: number, end: string) => `
    const { mount } = await import(process.env.API)
    for (let i = 0; i < ${machines}; i++) {
      const sys = await mount({ profiles: ['mtty'] })
      ${end}
    }`
  const counts = [13, 13, 13, 13, 12, 12, 12, 12]
  const outputs = await Promise.all(
    counts.map((machines, i) =>
      leavesNothing(
        t,
        script(
          machines,
          i % 2 === 0
            ? 'await sys.unmount()'
            : `if (i === ${machines - 1}) process.kill(process.pid, 'SIGKILL')`,
        ),
      ),
    ),
  )
  for (const [i, output] of outputs.entries()) {
    const signal = i % 2 === 0 ? null : 'SIGKILL'
    t.deepEqual(output, { code: signal ? null : 0, signal, stdout: '', stderr: '' })
  }
})
