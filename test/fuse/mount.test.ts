import { type ChildProcess, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { isAnothers, mountAt } from '../../src/fuse/mountinfo.ts'
import { clear, isMounted } from '../support/mounted.ts'
import { eventually, execute, finish, killGroup, noMount, type Output, start } from '../support/processes.ts'
import { type Served, serveElsewhere } from '../support/served.ts'

const reason = noMount
const mountTest = reason === undefined ? test : test.skip
if (reason !== undefined) console.log(`fuse: skipped, ${reason}`)

const CLIENT = fileURLToPath(new URL('./client.js', import.meta.url))
const TREE = { module: new URL('./tree.js', import.meta.url).href, options: undefined }

/** Serves the tree, and ends it whatever happens. */
async function withServed(run: (served: Served) => Promise<void>): Promise<void> {
  const served = await serveElsewhere(TREE)
  try {
    await run(served)
  } finally {
    await served.close()
  }
}

/** A process that keeps the mount busy until it is killed. */
function user(t: ExecutionContext, command: string, args: string[], cwd = '/'): ChildProcess {
  const child = start(command, args, { cwd, stdio: 'ignore' })
  t.teardown(() => killGroup(child))
  return child
}

mountTest('of several clients none ever sees a name that is gone, or misses one that is there', async t => {
  await withServed(async ({ mountpoint }) => {
    const lookers = [0, 1].map(() => start(process.execPath, [CLIENT, 'look', mountpoint, 'n', '3']))
    const ends = lookers.map(finish)
    for (let round = 0; round < 5; round++) {
      const outputs = await Promise.all(
        [0, 1, 2].map(i => execute(process.execPath, [CLIENT, 'churn', mountpoint, `n${i}`, '40'])),
      )
      for (const { stdout, stderr, code } of outputs) {
        t.is(stdout, '')
        t.is(stderr, '')
        t.is(code, 0)
      }
      // also what was asked while it changed is right in the end
      t.is(statSync(`${mountpoint}/devices`).nlink, 2)
    }
    for (const looker of lookers) killGroup(looker)
    const looked = await Promise.all(ends)
    t.deepEqual(
      looked.map(({ stderr }) => stderr),
      ['', ''],
    )
  })
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  mountTest(`a writer that waits dies of ${signal} at once, and its store ends all the same`, async t => {
    await withServed(async ({ mountpoint, command }) => {
      const writer = start('sh', ['-c', 'echo 1 >"$0/blocking"', mountpoint])
      const end = finish(writer)
      t.true(await eventually(() => readFileSync(`${mountpoint}/waiting`, 'latin1') === '1\n'))
      writer.kill(signal)
      t.is((await end).signal, signal)
      t.is(await command('release'), 1)
      t.deepEqual(readdirSync(`${mountpoint}/devices`), [])
    })
  })
}

mountTest('what a tree does wrong is EIO for the client, and serving goes on', async t => {
  await withServed(async ({ mountpoint }) => {
    t.throws(() => writeFileSync(`${mountpoint}/buggy`, '1'), { code: 'EIO' })
    t.throws(() => readFileSync(`${mountpoint}/overflow`), { code: 'EIO' })
    writeFileSync(`${mountpoint}/add`, 'one')
    t.is(readFileSync(`${mountpoint}/devices/one/name`, 'latin1'), 'one\n')
  })
})

mountTest('children of the server do not inherit /dev/fuse', async t => {
  await withServed(async ({ command }) => {
    const descriptors = String(await command('descriptors of a child'))
    t.regex(descriptors, / 0 -> /)
    t.notRegex(descriptors, /fuse/)
  })
})

/** Another process that mounts the tree there, and unmounts it twice. */
function serveAndEnd(mountpoint: string): Promise<Output> {
  const index = new URL('../../src/fuse/index.js', import.meta.url).href
  return execute(process.execPath, [
    '-e',
    `import(${JSON.stringify(index)}).then(async ({ serve }) => {
      const session = await serve(${JSON.stringify({ mountpoint, tree: TREE })})
      await session.unmount()
      await session.unmount()
    })`,
  ])
}

mountTest('who has the number of a file system is known by what was mounted', async t => {
  await withServed(async ({ mountpoint }) => {
    const { device, source } = mountAt(mountpoint)!
    t.false(isAnothers(device, source))
    // as if the first had gone, and the kernel had given its number away: nobody may abort that connection
    t.true(isAnothers(device, 'mdevfs:1'))
  })
})

mountTest('a second mount on the same directory is refused, and the first is well', async t => {
  await withServed(async ({ mountpoint }) => {
    const { stderr, code } = await serveAndEnd(mountpoint)
    t.is(code, 1)
    t.true(stderr.includes(`mdevfs is mounted on ${mountpoint} already: unmount it first`))
    t.deepEqual(readdirSync(`${mountpoint}/devices`), [])
  })
})

mountTest('the end comes although the mount was taken away while somebody is in it', async t => {
  await withServed(async ({ mountpoint }) => {
    const busy = user(t, 'sleep', ['60'], mountpoint)
    t.is(spawnSync('umount', ['-i', '-l', mountpoint]).status, 0)
    t.is(readdirSync(`/proc/${busy.pid}/cwd/devices`).length, 0)
  })
})

mountTest('a command to a mount that was covered or taken away fails', async t => {
  await withServed(async ({ mountpoint, command }) => {
    user(t, 'sleep', ['60'], mountpoint)
    t.is(spawnSync('umount', ['-i', '-l', mountpoint]).status, 0)
    await t.throwsAsync(command('release'), { message: /The file system was unmounted/ })
  })
})

mountTest('the end comes although another mount namespace has a copy of the mount', async t => {
  await withServed(async ({ mountpoint }) => {
    const other = user(t, 'unshare', ['-m', '--propagation', 'private', 'sleep', '60'])
    t.true(await eventually(() => readFileSync(`/proc/${other.pid}/comm`, 'latin1') === 'sleep\n'))
    t.is(readdirSync(`/proc/${other.pid}/root${mountpoint}/devices`).length, 0)
  })
})

mountTest('umount by somebody else ends the server', async t => {
  const served = await serveElsewhere(TREE)
  t.is(spawnSync('umount', ['-i', served.mountpoint]).status, 0)
  await served.close()
  t.throws(() => statSync(served.mountpoint), { code: 'ENOENT' })
})

for (const [how, end] of [
  ['the connection is ended', ({ mountpoint }: Served) => spawnSync('umount', ['-i', '-f', mountpoint])],
  ['the serving thread ends', ({ command }: Served) => void command('exit').catch(() => {})],
] as const) {
  mountTest(`no dead mount is left when ${how}`, async t => {
    const served = await serveElsewhere(TREE)
    user(t, 'sleep', ['60'], served.mountpoint)
    end(served)
    t.true(await eventually(() => !isMounted(served.mountpoint)))
    await served.close()
    t.throws(() => statSync(served.mountpoint), { code: 'ENOENT' })
  })
}

mountTest('a mount whose server was killed is taken over, whatever the kernel remembers of it', async t => {
  const first = await serveElsewhere(TREE)
  const { mountpoint } = first
  t.teardown(() => clear(mountpoint))
  statSync(mountpoint)
  process.kill(first.pid, 'SIGKILL')
  await t.throwsAsync(first.close(), { message: /SIGKILL/ })
  t.true(isMounted(mountpoint))
  const { stderr, code } = await serveAndEnd(mountpoint)
  t.is(stderr, '')
  t.is(code, 0)
  t.false(isMounted(mountpoint))
})
