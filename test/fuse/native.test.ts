import { existsSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { mount } from '../../src/index.ts'
import { uuid } from '../support/machine.ts'
import { clear, isMounted, temporaryDirectory } from '../support/mounted.ts'
import { noPackage } from '../support/native.ts'
import { eventually, execute, mdevfs, noMount, processesWith } from '../support/processes.ts'

const reason = noMount ?? noPackage()
const nativeTest = reason === undefined ? test : test.skip
if (reason !== undefined) console.log(`fuse-native: skipped, ${reason}`)

const TYPE = 'sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1'

nativeTest('mount and umount, and no process is left', async t => {
  const directory = temporaryDirectory()
  try {
    const { code, stderr } = await mdevfs('mount', directory, '-p', 'mtty', '--transport', 'fuse-native')
    t.is(stderr, '')
    t.is(code, 0)
    t.is(readFileSync(`${directory}/${TYPE}/name`, 'utf8'), 'Single port serial\n')
    t.is((await mdevfs('umount', directory)).code, 0)
    t.true(await eventually(() => processesWith(directory).length === 0))
  } finally {
    clear(directory)
  }
})

nativeTest('nothing is remembered: what a write changes is seen at once', async t => {
  await using sys = await mount({ profiles: ['mtty'], transport: 'fuse-native' })
  const device = `${sys.path}/bus/mdev/devices/${uuid(1)}`
  for (let i = 0; i < 20; i++) {
    t.false(existsSync(device))
    writeFileSync(`${sys.root}/${TYPE}/create`, uuid(1))
    t.true(existsSync(device))
    t.is(readFileSync(`${sys.root}/${TYPE}/available_instances`, 'utf8'), '23\n')
    t.is(statSync(`${sys.root}/${TYPE}/name`).size, 4096)
    writeFileSync(`${device}/remove`, '1')
  }
  t.deepEqual(readdirSync(`${sys.path}/bus/mdev/devices`), [])
})

nativeTest('the mount goes when the process that wants it is killed', async t => {
  const directory = temporaryDirectory()
  const { signal } = await execute(process.execPath, [
    '--input-type=module',
    '-e',
    `const { mount } = await import(${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)})
    await mount({ profiles: ['mtty'], transport: 'fuse-native', dir: ${JSON.stringify(directory)} })
    process.kill(process.pid, 'SIGKILL')`,
  ])
  t.is(signal, 'SIGKILL')
  t.true(await eventually(() => !isMounted(directory) && processesWith(directory).length === 0))
  rmdirSync(directory)
})

nativeTest('what it can not do is refused in a sentence that names the alternative', async t => {
  const directory = temporaryDirectory()
  const args = ['mount', directory, '-p', 'mtty', '--transport', 'fuse-native']
  const log = await mdevfs(...args, '--wire-log', `${directory}.log`)
  t.is(log.code, 1)
  t.is(
    log.stderr,
    'mdevfs: fuse-native shows nobody its requests: leave --wire-log out, or use --transport kernel.\n',
  )
  t.false(isMounted(directory))
  clear(directory)
})
