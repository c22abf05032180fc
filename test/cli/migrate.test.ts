import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { uuid } from '../support/machine.ts'
import { mounted } from '../support/mounted.ts'
import { finish, MDEVFS, mdevfs, noMount, type Output, start } from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`migrate: skipped, ${noMount}`)

const TYPES = 'sys/class/mdev_bus/0000:07:00.0/mdev_supported_types'

async function host(profile = 'vfio-migration') {
  const machine = await mounted(['--profile', profile])
  const at = (path: string) => join(machine.directory, path)
  return {
    directory: machine.directory,
    pid: machine.server.pid!,
    type: (name: string) => at(`${TYPES}/my_card-${name}`),
    device: (n = 1) => at(`sys/bus/mdev/devices/${uuid(n)}`),
    create: (name: string, n = 1) => writeFileSync(at(`${TYPES}/my_card-${name}/create`), uuid(n)),
    /** `device_state` of Linux 5.8, of the first device. */
    state(index = 0): number {
      const fd = openSync(at(`dev/vfio/devices/vfio${index}`), 'r')
      const bytes = Buffer.alloc(4)
      readSync(fd, bytes, 0, 4, 9 * 2 ** 40)
      closeSync(fd)
      return bytes.readUInt32LE()
    },
    states: (n = 1) => readFileSync(at(`sys/kernel/debug/vfio/${uuid(n)}/migration/state`), 'utf8'),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
}

type Host = Awaited<ReturnType<typeof host>>

const migrate = (...args: string[]) => mdevfs('migrate', ...args)
const STOPPED = 0
const RUNNING = 1

mountTest('each generation migrates between two machines; a type becomes the device', async t => {
  await using source = await host()
  await using target = await host()
  for (const [i, type] of ['kabi_2018', 'v1', 'v2', 'v2_stop_copy'].entries()) {
    source.create(type, i)
    const { stdout, stderr, code } = await migrate(source.device(i), target.type(type))
    t.is(stderr, '')
    t.is(code, 0, type)
    t.regex(stdout, /runs: 1\d\.\d MiB in \d+ ms, of which it stood still for \d+\.\n$/)
    t.true(existsSync(target.device(i)))
  }
  t.deepEqual([source.state(1), target.state(1)], [STOPPED, RUNNING])
  t.deepEqual([source.states(2), target.states(2)], ['STOP\n', 'RUNNING\n'])
  t.deepEqual([source.states(3), target.states(3)], ['STOP\n', 'RUNNING\n'])
})

mountTest(
  '--json tells each step; what --record wrote is resumed by --replay, unless it was changed',
  async t => {
    await using source = await host()
    await using target = await host()
    source.create('v1')
    target.create('v1', 1)
    target.create('v1', 2)
    const file = `${source.directory}.recording`
    t.teardown(() => rmSync(file))
    const { stdout, code } = await migrate(source.device(), target.device(1), '--record', file, '--json')
    t.is(code, 0)
    const events = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    t.deepEqual(
      new Set(events.map(({ event, phase }) => phase ?? event)),
      new Set(['pre-copy', 'stop-and-copy', 'done']),
    )
    t.like(events.at(-1), { running: 'target', generation: 'v1', converged: true })

    t.is((await migrate('--replay', file, target.device(2))).code, 0)
    t.is(target.state(1), RUNNING)
    t.regex((await migrate('--replay', file, source.device(), source.device())).stderr, /mutually exclusive/)
    truncateSync(file, readFileSync(file).length - 100)
    const cut = await migrate('--replay', file, target.device(1))
    t.is(cut.code, 1)
    t.regex(cut.stderr, /recording ends early: it is no whole recording of a migration\.\n$/)
    t.is(target.state(0), STOPPED, 'what was half loaded does not run')
    t.regex((await migrate('--replay', MDEVFS, target.device(1))).stderr, /is no recording of a migration/)
  },
)

mountTest('a target is set up as the source is: parameters of the RFC are written and applied', async t => {
  const profile = join(tmpdir(), `mdevfs-test-${process.pid}.yaml`)
  writeFileSync(
    profile,
    `mdevfs: 1
name: parameters
summary: Devices with parameters and a state
kernel: "6.12"
devices:
  - pci: "0000:07:00.0"
    driver: my_card
    id: 1af4:10f5
    class: 0x020000
    resources: { queues: 16 }
    types:
      - id: nic
        needs: { queues: 1 }
        migration:
          rfc: v2
          model: vendor-a.com/my-nic
          params:
            num-queues: { type: int, init: 1, allowed: ["1", "2", "4"], multiplies: queues }
            my-feature: { type: bool, init: off, off: off }
          device: { generation: v1, memory: 64KB }
`,
  )
  t.teardown(() => rmSync(profile))
  await using source = await host(profile)
  await using target = await host(profile)
  source.create('nic')
  const param = (device: string, name: string) => readFileSync(`${device}/migration/${name}`, 'utf8')
  writeFileSync(`${source.device()}/migration/params/num-queues`, '4')
  writeFileSync(`${source.device()}/migration/applied`, '1')
  const { code, stderr } = await migrate(source.device(), target.type('nic'))
  t.is(stderr, '')
  t.is(code, 0)
  t.deepEqual(
    ['applied', 'params/num-queues', 'params/my-feature'].map(name => param(target.device(), name)),
    ['1\n', '4\n', ''],
  )
  t.is(readFileSync(`${target.type('nic')}/available_instances`, 'utf8'), '12\n')
  // no room for another one like it, with queues taken by others
  for (let n = 2; n <= 12; n++) target.create('nic', n)
  source.create('nic', 20)
  writeFileSync(`${source.device(20)}/migration/params/num-queues`, '4')
  writeFileSync(`${source.device(20)}/migration/applied`, '1')
  const refused = await migrate(source.device(20), target.type('nic'))
  t.is(refused.code, 1)
  t.regex(refused.stderr, /params\/num-queues does not take 4: ENOSPC\.\n$/)
  t.false(existsSync(target.device(20)), 'what was made for it is gone')
})

mountTest('what is not compatible does not begin, and nothing is changed', async t => {
  await using source = await host()
  await using target = await host()
  source.create('v1')
  const { stderr, code } = await migrate(source.device(), target.type('kabi_2018'))
  t.is(code, 1)
  t.regex(
    stderr,
    /^mdevfs: .* is not compatible by migration_version: mdev_type: .*; --force tries all the same\.\n$/,
  )
  const forced = await migrate(source.device(), target.type('kabi_2018'), '--force')
  t.is(forced.code, 1)
  t.regex(forced.stderr, /saves by v1, and .* resumes by kabi-2018: both have to have the same\.\n$/)
  t.false(existsSync(target.device()), 'what was made for it is gone')
  t.is(source.state(), RUNNING)
  t.regex(
    (await migrate(source.device(), source.device())).stderr,
    /are one device: name one on another machine/,
  )
  t.is(source.state(), RUNNING)
  t.regex((await migrate(source.device(), '/nowhere', '--force')).stderr, /\/nowhere/)
  t.regex((await migrate(source.device())).stderr, /takes two directories/)
})

/** What is seen of a migration between two machines that goes on until it is ended. */
type Underway = { source: Host; target: Host; child: ChildProcess; end: Promise<Output> }

async function underway(work: (each: Underway) => Promise<void>): Promise<void> {
  await using source = await host()
  await using target = await host()
  source.create('v1_busy')
  target.create('v1_busy')
  const child = start(process.execPath, [
    ...[MDEVFS, 'migrate', source.device(), target.device()],
    ...['--downtime', '0', '--pre-copy', '60000', '--json'],
  ])
  const end = finish(child)
  await once(child.stdout!, 'data')
  await work({ source, target, child, end })
}

const lastOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1)!)

for (const signal of ['SIGINT', 'SIGKILL'] as const)
  mountTest(`${signal} for who migrates: the source goes on, the target does not run`, t =>
    underway(async ({ source, target, child, end }) => {
      child.kill(signal)
      const { code, stdout } = await end
      if (signal === 'SIGINT') {
        t.is(code, 1)
        t.like(lastOf(stdout), { running: 'source', error: 'cancelled' })
      }
      t.deepEqual([source.state(), target.state()], [RUNNING, STOPPED])
    }),
  )

mountTest('the target dies: the source goes on', t =>
  underway(async ({ source, target, end }) => {
    process.kill(target.pid, 'SIGKILL')
    const { code, stdout } = await end
    t.is(code, 1)
    t.is(lastOf(stdout).running, 'source')
    t.is(source.state(), RUNNING)
  }),
)

mountTest('the source dies: nothing runs, and that is said', t =>
  underway(async ({ source, target, end }) => {
    process.kill(source.pid, 'SIGKILL')
    const { code, stdout } = await end
    t.is(code, 3)
    t.is(lastOf(stdout).running, 'neither')
    t.is(target.state(), STOPPED)
  }),
)
