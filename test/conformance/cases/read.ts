import { type Cases, cat, fails, O_RDONLY, O_RDWR, using } from '../case.ts'
import { LAB, NOTES, NULL } from '../tree.ts'

/** Kernel-semantics 1.3. */
export const readEverywhere: Cases = {
  async 'read: the text comes once, then nothing'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, async file => {
      t.is(await file.read(4096), '1:3\n')
      t.is(await file.read(4096), '')
    })
  },

  async 'read: from any offset, and past the end nothing'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, async file => {
      t.is(await file.pread(4096, 0), '1:3\n')
      t.is(await file.pread(4096, 1), ':3\n')
      t.is(await file.pread(2, 2), '3\n')
      for (const offset of [4, 100, 4095, 4096, 1e9]) t.is(await file.pread(4096, offset), '')
      t.is(await file.pread(0, 0), '')
      await fails(t, 'EINVAL', file.pread(1, -1))
    })
  },

  async 'read: seeking'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, async file => {
      t.is(await file.lseek(0, 'end'), 4096)
      t.is(await file.read(10), '')
      t.is(await file.lseek(4097, 'set'), 4097)
      t.is(await file.lseek(0, 'set'), 0)
      t.is(await file.read(2), '1:')
      t.is(await file.lseek(0, 'cur'), 2)
      await fails(t, 'EINVAL', file.lseek(-1, 'set'))
      t.is(await file.lseek(0, 'data'), 0)
      t.is(await file.lseek(0, 'hole'), 4096)
    })
  },

  async 'read: sendfile sends what read gives, and leaves the size as it was'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, async file => {
      t.is(await file.sendfile(2), '1:')
      t.is(await file.sendfile(4096), '3\n')
      t.is(await file.sendfile(4096), '')
      t.is((await file.fstat()).size, 4096)
    })
    t.is((await f.stat(`${NULL}/dev`)).size, 4096)
    t.is(await cat(f, `${NULL}/dev`), '1:3\n')
  },

  async 'read: no position beyond 2 GiB'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, file => fails(t, 'EINVAL', file.lseek(2 ** 40, 'set')))
  },

  async 'read: a binary attribute at any offset'(f, t) {
    const { size } = await f.stat(NOTES)
    await using(f, NOTES, O_RDONLY, async file => {
      const whole = await file.pread(65536, 0)
      t.is(whole.length, size)
      t.is(await file.pread(7, 5), whole.slice(5, 12))
      t.is(await file.pread(100, size - 3), whole.slice(-3))
      t.is(await file.pread(100, size), '')
      t.is(await file.pread(100, size + 1000), '')
    })
  },
}

export const readCases: Cases = {
  async 'read: show runs once for each reading that starts at 0'(f, t) {
    await using(f, `${LAB}/counter`, O_RDONLY, async file => {
      t.is(await file.read(4096), '1\n')
      t.is(await file.read(4096), '')
      t.is(await file.pread(4096, 0), '2\n')
      await file.lseek(0, 'set')
      t.is(await file.read(1), '3')
      t.is(await file.read(4096), '\n')
    })
  },

  async 'read: sendfile that starts at 0 runs show'(f, t) {
    await using(f, `${LAB}/counter`, O_RDONLY, async file => {
      t.is(await file.sendfile(4096), '1\n')
      await file.lseek(0, 'set')
      t.is(await file.sendfile(4096), '2\n')
    })
    await using(f, `${LAB}/counter`, O_RDONLY, async file => t.is(await file.sendfile(4096), '3\n'))
  },

  async 'read: opening and stat run no show'(f, t) {
    await using(f, `${LAB}/counter`, O_RDONLY, async file => {
      await file.fstat()
      await f.stat(`${LAB}/counter`)
    })
    t.is(await cat(f, `${LAB}/counter`), '1\n')
  },

  async 'read: what was begun is read to its end, whatever was stored meanwhile'(f, t) {
    await using(f, `${LAB}/value`, O_RDWR, async file => {
      await file.write('first')
      await file.lseek(0, 'set')
      t.is(await file.read(2), 'fi')
      await using(f, `${LAB}/value`, O_RDWR, other => other.write('second'))
      t.is(await file.read(100), 'rst')
      t.is(await file.pread(100, 0), 'second')
    })
  },

  async 'read: each open file has a buffer of its own'(f, t) {
    const one = await f.open(`${LAB}/counter`, O_RDONLY)
    const two = await f.open(`${LAB}/counter`, O_RDONLY)
    t.is(await one.read(1), '1')
    t.is(await two.read(1), '2')
    t.is(await one.read(10), '\n')
    t.is(await two.read(10), '\n')
    await one.close()
    await two.close()
  },

  async 'read: an empty attribute'(f, t) {
    t.is(await cat(f, `${LAB}/empty`), '')
  },

  async 'read: bytes are bytes'(f, t) {
    t.is(await cat(f, `${LAB}/bytes`), 'a\0b\xff\n')
  },

  async 'read: a page but one byte at most'(f, t) {
    t.is(await cat(f, `${LAB}/long`), 'x'.repeat(4095))
    await using(f, `${LAB}/long`, O_RDONLY, async file => t.is((await file.pread(100, 4090)).length, 5))
  },

  async 'read: fails with the errno of show, and open does not'(f, t) {
    await using(f, `${LAB}/failing`, O_RDONLY, async file => {
      await fails(t, 'EOPNOTSUPP', file.read(100))
      await fails(t, 'EOPNOTSUPP', file.pread(100, 0))
    })
  },

  async 'read: an attribute in a group'(f, t) {
    t.is(await cat(f, `${LAB}/group/inner`), 'inside\n')
    t.is((await f.stat(`${LAB}/group`)).nlink, 2)
  },

  async 'read: a binary attribute without size, to where it ends'(f, t) {
    t.is((await cat(f, `${LAB}/stream`)).length, 2 * 4096 + 10)
  },
}
