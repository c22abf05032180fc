import { type Cases, cat, fails, O_APPEND, O_RDWR, O_TRUNC, O_WRONLY, put, using } from '../case.ts'
import { LAB } from '../tree.ts'

/** Kernel-semantics 1.4: what reaches the store. */
export const writeCases: Cases = {
  async 'write: each write is one store of its bytes, wherever it is written'(f, t) {
    await using(f, `${LAB}/value`, O_WRONLY, async file => {
      t.is(await file.write('one'), 3)
      t.is(await file.write('two\n'), 4)
      t.is(await file.pwrite('three', 100), 5)
      t.is(await file.pwrite('four', 5000), 4)
      t.is(await file.lseek(0, 'cur'), 7)
    })
    t.deepEqual(await f.command('stores'), ['one', 'two\n', 'three', 'four'])
  },

  async 'write: pieces of writev are one store'(f, t) {
    await using(f, `${LAB}/value`, O_WRONLY, async file => t.is(await file.writev(['ab', '', 'cd']), 4))
    t.deepEqual(await f.command('stores'), ['abcd'])
  },

  async 'write: O_APPEND and O_TRUNC make no difference'(f, t) {
    await put(f, `${LAB}/value`, 'old')
    await using(f, `${LAB}/value`, O_WRONLY | O_TRUNC, async () => {})
    t.is(await cat(f, `${LAB}/value`), 'old')
    await using(f, `${LAB}/value`, O_WRONLY | O_APPEND, async file => t.is(await file.write('new'), 3))
    t.is(await cat(f, `${LAB}/value`), 'new')
    await f.truncate(`${LAB}/value`, 0)
    t.is(await cat(f, `${LAB}/value`), 'new')
    t.is((await f.stat(`${LAB}/value`)).size, 4096)
    t.deepEqual(await f.command('stores'), ['old', 'new'])
  },

  async 'write: one page at most is taken'(f, t) {
    await using(f, `${LAB}/value`, O_WRONLY, async file => {
      t.is(await file.write('a'.repeat(4096)), 4096)
      t.is(await file.write('b'.repeat(4097)), 4096)
      t.is(await file.write('c'.repeat(200_000)), 4096)
    })
    t.deepEqual(await f.command('stores'), ['a'.repeat(4096), 'b'.repeat(4096), 'c'.repeat(4096)])
  },

  async 'write: nothing is no store'(f, t) {
    t.is(await put(f, `${LAB}/value`, ''), 0)
    t.is(await put(f, `${LAB}/failing`, ''), 0)
    t.deepEqual(await f.command('stores'), [])
  },

  async 'write: the store gets every byte'(f, t) {
    await put(f, `${LAB}/secret`, 'a\0b\n\0\xff')
    t.deepEqual(await f.command('stores'), ['a\0b\n\0\xff'])
  },

  async 'write: fails with the errno of the store, and the position stays'(f, t) {
    await using(f, `${LAB}/failing`, O_WRONLY, async file => {
      await fails(t, 'EADDRINUSE', file.write('x'))
      t.is(await file.lseek(0, 'cur'), 0)
    })
  },

  async 'write: a store may take less than it is given'(f, t) {
    await using(f, `${LAB}/short`, O_WRONLY, async file => {
      t.is(await file.write('abcdef'), 3)
      t.is(await file.lseek(0, 'cur'), 3)
    })
  },

  async 'write: binary attributes go by offset and end at their size'(f, t) {
    await using(f, `${LAB}/blob`, O_RDWR, async file => {
      t.is(await file.pwrite('abc', 1), 3)
      t.is(await file.pread(5, 0), '\0abc\0')
      t.is(await file.pwrite('xyz', 14), 2)
      t.is(await file.pread(16, 12), '\0\0xy')
      await fails(t, 'EFBIG', file.pwrite('x', 16))
      await fails(t, 'EFBIG', file.pwrite('x', 4096))
    })
  },

  async 'write: a store that waits keeps nobody else waiting'(f, t) {
    const other = await f.another()
    try {
      const waiting = put(other, `${LAB}/blocking`, 'x')
      t.is(await cat(f, `${LAB}/text`), 'hello\n')
      t.is(await put(f, `${LAB}/value`, 'meanwhile'), 9)
      await f.command('release')
      t.is(await waiting, 1)
    } finally {
      await other.close()
    }
  },
}
