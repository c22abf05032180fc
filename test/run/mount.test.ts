import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { clear, isMounted, mounted, temporaryDirectory } from '../support/mounted.ts'
import {
  eventually,
  execute,
  finish,
  MDEVFS,
  mdevfs,
  noMount,
  processesWith,
  start,
} from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`mount: skipped, ${noMount}`)

mountTest('mount returns when it is ready, umount when it is gone', async t => {
  const directory = temporaryDirectory()
  try {
    const { code, stderr } = await mdevfs('mount', directory, '--profile', 'mtty')
    t.is(stderr, '')
    t.is(code, 0)
    t.deepEqual(readdirSync(directory).sort(), ['dev', 'sys'])
    t.is(
      readFileSync(`${directory}/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/name`, 'utf8'),
      'Single port serial\n',
    )
    const again = await mdevfs('mount', directory, '--profile', 'mtty')
    t.is(again.code, 1)
    t.is(
      again.stderr,
      `mdevfs: mdevfs is mounted on ${directory} already: unmount it first (mdevfs umount ${directory}).\n`,
    )
    t.is((await mdevfs('umount', directory)).code, 0)
    t.false(isMounted(directory))
    t.true(await eventually(() => processesWith(directory).length === 0))
    const gone = await mdevfs('umount', directory)
    t.is(gone.code, 1)
    t.is(
      gone.stderr,
      `mdevfs: There is no mdevfs mount on ${directory}: findmnt -t fuse.mdevfs lists them.\n`,
    )
  } finally {
    clear(directory)
  }
})

mountTest('a busy mount is not unmounted from under a program', async t => {
  await using mount = await mounted(['--profile', 'mtty'])
  const user = start('sleep', ['60'], { cwd: mount.directory })
  const ended = finish(user)
  const { code, stderr } = await mdevfs('umount', mount.directory)
  t.is(code, 1)
  t.regex(stderr, /is in use: end the programs/)
  user.kill()
  await ended
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  mountTest(`${signal} ends the server and its mount, in use or not`, async t => {
    const mount = await mounted(['--profile', 'mtty'])
    const user = start('sleep', ['60'], { cwd: mount.directory })
    const ended = finish(user)
    mount.server.kill(signal)
    t.true(await eventually(() => mount.server.exitCode !== null))
    t.is(mount.server.exitCode, 0)
    t.false(isMounted(mount.directory))
    user.kill()
    await ended
    clear(mount.directory)
  })
}

mountTest('what a killed server left is cleared away by the next mount, or by umount', async t => {
  const directory = temporaryDirectory()
  const first = await mounted(['--profile', 'mtty'], directory)
  first.server.kill('SIGKILL')
  t.true(await eventually(() => first.server.signalCode !== null))
  t.throws(() => statSync(directory), { code: 'ENOTCONN' })
  const second = await mounted(['--profile', 'mtty'], directory)
  t.true(existsSync(`${directory}/sys/class/mdev_bus/mtty`))
  second.server.kill('SIGKILL')
  t.true(await eventually(() => second.server.signalCode !== null))
  t.is((await mdevfs('umount', directory)).code, 0)
  t.deepEqual(readdirSync(directory), [])
  clear(directory)
})

mountTest('nothing is mounted for a profile that is wrong', async t => {
  const directory = temporaryDirectory()
  const file = `${directory}.yaml`
  try {
    writeFileSync(file, 'mdevfs: 1\nname: x\nsumary: y\n')
    const { code, stderr } = await mdevfs('mount', directory, '--profile', file)
    t.is(code, 1)
    t.regex(stderr, /:3:1: unknown key "sumary"; did you mean "summary"\?/)
    t.false(isMounted(directory))
  } finally {
    spawnSync('rm', ['-f', file])
    clear(directory)
  }
})

mountTest('a mount point that is not there, or no directory', async t => {
  const missing = await mdevfs('mount', '/no/such/directory')
  t.is(missing.code, 1)
  t.is(
    missing.stderr,
    'mdevfs: There is no directory /no/such/directory: make it first (mkdir -p /no/such/directory).\n',
  )
  const file = await mdevfs('mount', '/etc/passwd')
  t.is(file.stderr, 'mdevfs: /etc/passwd is not a directory: name one to mount on.\n')
})

mountTest('no child of the server inherits /dev/fuse', async t => {
  await using mount = await mounted(['--profile', 'mtty'])
  const children = spawnSync('pgrep', ['-P', String(mount.server.pid)]).stdout.toString()
  t.is(children, '')
})

mountTest('clearing away a dead mount leaves alone what is mounted below it', async t => {
  const directory = temporaryDirectory()
  spawnSync('mount', ['-t', 'tmpfs', 'mdevfs-test', directory])
  try {
    writeFileSync(`${directory}/file`, 'mine')
    for (const clearedBy of ['mount', 'umount']) {
      const first = await mounted(['--profile', 'mtty'], directory)
      first.server.kill('SIGKILL')
      t.true(await eventually(() => first.server.signalCode !== null))
      if (clearedBy === 'mount')
        t.like(await mdevfs('mount', directory, '--profile', 'mtty'), { code: 0, stderr: '' })
      t.like(await mdevfs('umount', directory), { code: 0, stderr: '' })
      t.is(readFileSync(`${directory}/file`, 'utf8'), 'mine', clearedBy)
    }
  } finally {
    clear(directory)
  }
})

mountTest('umount returns when the server is gone, and a server gives back what it inherited', async t => {
  const directory = temporaryDirectory()
  try {
    // the pipe's reader sees the end of it although the server lives
    const { code, stdout } = await execute('bash', [
      ...['-c', 'exec 63>&1; "$@" && exec 63>&- && echo mounted', 'bash'],
      ...[process.execPath, MDEVFS, 'mount', directory, '--profile', 'mtty'],
    ])
    t.is(stdout, 'mounted\n')
    t.is(code, 0)
    t.is(processesWith(directory).length, 1)
    t.is((await mdevfs('umount', directory)).code, 0)
    t.deepEqual(processesWith(directory), [])
  } finally {
    clear(directory)
  }
})

mountTest('a mount whose caller is gone before it is ready goes away by itself', async t => {
  const directory = temporaryDirectory()
  const child = start(process.execPath, [MDEVFS, 'mount', directory, '--profile', 'mtty'])
  const ended = finish(child)
  t.true(await eventually(() => processesWith(directory).some(pid => pid !== child.pid)))
  child.kill('SIGKILL')
  await ended
  t.true(await eventually(() => processesWith(directory).length === 0))
  t.false(isMounted(directory))
  clear(directory)
})
