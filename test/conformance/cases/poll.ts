import { POLL_DEFAULT, POLLERR, POLLPRI } from '../../../src/sysfs/kernfs/file.ts'
import { type Cases, O_RDONLY, O_RDWR, using } from '../case.ts'
import { LAB, NULL } from '../tree.ts'

const CHANGED = POLL_DEFAULT | POLLPRI | POLLERR

export const pollEverywhere: Cases = {
  async 'poll: news until the first read, then none'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, async file => {
      t.is(await file.poll(0), CHANGED)
      await file.read(100)
      t.is(await file.poll(0), POLL_DEFAULT)
    })
  },
}

export const pollCases: Cases = {
  async 'poll: sysfs_notify is news to every open file until it reads'(f, t) {
    const one = await f.open(`${LAB}/value`, O_RDONLY)
    const two = await f.open(`${LAB}/value`, O_RDONLY)
    await one.read(100)
    await two.read(100)
    await f.command('notify')
    t.is(await one.poll(0), CHANGED)
    t.is(await two.poll(0), CHANGED)
    await one.pread(100, 0)
    t.is(await one.poll(0), POLL_DEFAULT)
    t.is(await two.poll(0), CHANGED)
    await one.close()
    await two.close()
  },

  async 'poll: writing is no news'(f, t) {
    await using(f, `${LAB}/value`, O_RDWR, async file => {
      await file.read(100)
      await file.write('x')
      t.is(await file.poll(0), POLL_DEFAULT)
    })
  },
}
