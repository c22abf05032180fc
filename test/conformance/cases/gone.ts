import { POLL_DEFAULT, POLLERR, POLLPRI } from '../../../src/sysfs/kernfs/file.ts'
import { type Cases, fails, O_DIRECTORY, O_PATH, O_RDONLY, O_RDWR, O_WRONLY, put, using } from '../case.ts'
import { LAB } from '../tree.ts'

/** Kernel-semantics 1.8: the device goes while somebody has its files open. */
export const goneCases: Cases = {
  async 'gone: names are gone at once'(f, t) {
    await f.stat(`${LAB}/text`)
    await f.stat('/sys/class/lab/lab0/text')
    await f.command('unregister')
    for (const path of [LAB, `${LAB}/text`, `${LAB}/group/inner`, '/sys/class/lab/lab0'])
      await fails(t, 'ENOENT', f.lstat(path))
    await fails(t, 'ENOENT', f.open(`${LAB}/text`, O_RDONLY))
  },

  async 'gone: reading and writing an open file is ENODEV'(f, t) {
    await using(f, `${LAB}/value`, O_RDWR, async file => {
      await file.write('x')
      await f.command('unregister')
      await fails(t, 'ENODEV', file.pread(10, 0))
      await fails(t, 'ENODEV', file.read(10))
      await fails(t, 'ENODEV', file.write('y'))
    })
    t.deepEqual(await f.command('stores'), ['x'])
  },

  async 'gone: writing nothing is ENODEV too'(f, t) {
    await using(f, `${LAB}/value`, O_RDWR, async file => {
      await f.command('unregister')
      await fails(t, 'ENODEV', file.write(''))
    })
  },

  async 'gone: seeking an open file is ENODEV'(f, t) {
    await using(f, `${LAB}/value`, O_RDWR, async file => {
      await f.command('unregister')
      await fails(t, 'ENODEV', file.lseek(0, 'set'))
    })
  },

  async 'gone: mapping a text file is ENODEV'(f, t) {
    await using(f, `${LAB}/value`, O_RDWR, async file => {
      await f.command('unregister')
      await fails(t, 'ENODEV', file.mmap(4096, 'shared'))
    })
  },

  async 'gone: what was begun is still read to its end'(f, t) {
    await using(f, `${LAB}/text`, O_RDONLY, async file => {
      t.is(await file.read(2), 'he')
      await f.command('unregister')
      t.is(await file.read(100), 'llo\n')
    })
  },

  async 'gone: fstat tells what it told before, and fchmod works'(f, t) {
    await using(f, `${LAB}/text`, O_RDONLY, async file => {
      await f.command('unregister')
      const { size, nlink, mode } = await file.fstat()
      t.deepEqual({ size, nlink, mode }, { size: 4096, nlink: 1, mode: 0o444 })
      await file.fchmod(0o400)
      t.is((await file.fstat()).mode, 0o400)
    })
  },

  async 'gone: pollers hear of it'(f, t) {
    await using(f, `${LAB}/text`, O_RDONLY, async file => {
      await file.read(100)
      t.is(await file.poll(0), POLL_DEFAULT)
      await f.command('unregister')
      t.is(await file.poll(0), POLL_DEFAULT | POLLPRI | POLLERR)
    })
  },

  async 'gone: an open directory is empty'(f, t) {
    await using(f, LAB, O_RDONLY | O_DIRECTORY, async file => {
      await f.command('unregister')
      t.deepEqual(
        (await file.getdents(4096)).filter(({ name }) => name !== '.' && name !== '..'),
        [],
      )
      t.is((await file.fstat()).nlink, 2)
      await fails(t, 'ENOENT', file.openat('text', O_RDONLY))
      await fails(t, 'ENOENT', file.openat('group', O_RDONLY))
    })
  },

  async 'gone: a device of the same name is another'(f, t) {
    await using(f, `${LAB}/text`, O_RDONLY, async file => {
      await f.command('reset')
      await fails(t, 'ENODEV', file.pread(10, 0))
      t.is(await using(f, `${LAB}/text`, O_RDONLY, other => other.read(100)), 'hello\n')
    })
  },

  async 'gone: a store that removes its own device ends as usual'(f, t) {
    const second = await f.open(`${LAB}/remove`, O_WRONLY)
    t.is(await put(f, `${LAB}/remove`, '1'), 1)
    await fails(t, 'ENOENT', f.stat(LAB))
    await fails(t, 'ENODEV', second.write('1'))
    await second.close()
  },

  async 'gone: a held path leads nowhere'(f, t) {
    await using(f, LAB, O_PATH | O_DIRECTORY, async file => {
      await f.command('unregister')
      t.is((await file.fstat()).type, 'directory')
      await fails(t, 'ENOENT', file.openat('text', O_RDONLY))
    })
  },
}
