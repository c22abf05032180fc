import {
  type Cases,
  fails,
  O_CREAT,
  O_DIRECT,
  O_EXCL,
  O_NOATIME,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  using,
} from '../case.ts'
import { LAB, NULL } from '../tree.ts'

const NOBODY = 65534

/** Kernel-semantics 1.5. */
export const openEverywhere: Cases = {
  async 'open: what can not be written is EACCES, for root too'(f, t) {
    for (const flags of [O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC]) {
      await fails(t, 'EACCES', f.open(`${NULL}/dev`, flags))
      await fails(t, 'EACCES', f.as(NOBODY).open(`${NULL}/dev`, flags))
    }
  },

  async 'open: flags that change nothing'(f, t) {
    for (const flags of [
      O_RDONLY | O_SYNC,
      O_RDONLY | O_NOATIME,
      O_RDONLY | O_NOFOLLOW,
      O_RDONLY | O_CREAT,
    ]) {
      t.is(await using(f, `${NULL}/dev`, flags, file => file.read(100)), '1:3\n')
    }
    await using(f, `${NULL}/dev`, O_PATH, async file => {
      await fails(t, 'EBADF', file.read(1))
      t.is((await file.fstat()).size, 4096)
    })
  },

  async 'open: names that are not there, or are something else'(f, t) {
    await fails(t, 'ENOENT', f.open(`${NULL}/nosuch`, O_RDONLY))
    await fails(t, 'ENOENT', f.open(`${NULL}/nosuch/more`, O_RDONLY))
    await fails(t, 'ENOTDIR', f.open(`${NULL}/dev/more`, O_RDONLY))
    await fails(t, 'ELOOP', f.open(`${NULL}/subsystem`, O_RDONLY | O_NOFOLLOW))
    await fails(t, 'EEXIST', f.open(`${NULL}/dev`, O_RDONLY | O_CREAT | O_EXCL))
    await fails(t, 'EACCES', f.open(`${NULL}/nosuch`, O_WRONLY | O_CREAT))
    await fails(t, 'EACCES', f.open(`${NULL}/nosuch`, O_WRONLY | O_CREAT | O_EXCL))
  },

  async 'open: no direct I/O and no nameless files'(f, t) {
    await fails(t, 'EINVAL', f.open(`${NULL}/dev`, O_RDONLY | O_DIRECT))
    await fails(t, 'EOPNOTSUPP', f.open(NULL, O_RDWR | O_TMPFILE))
  },

  async 'open: O_TRUNC on what only reads is nothing'(f, t) {
    t.is(await using(f, `${NULL}/dev`, O_RDONLY | O_TRUNC, file => file.read(100)), '1:3\n')
    await fails(t, 'EACCES', f.as(NOBODY).open(`${NULL}/dev`, O_RDONLY | O_TRUNC))
  },

  async 'open: access says what the mode says, not what open does'(f, t) {
    await f.access(`${NULL}/dev`, 'r')
    await f.access(`${NULL}/dev`, 'w')
    await fails(t, 'EACCES', f.access(`${NULL}/dev`, 'x'))
    await f.as(NOBODY).access(`${NULL}/dev`, 'r')
    await fails(t, 'EACCES', f.as(NOBODY).access(`${NULL}/dev`, 'w'))
    await f.as(NOBODY).access(NULL, 'x')
    await fails(t, 'EACCES', f.as(NOBODY).access(NULL, 'w'))
  },

  async 'open: other users may do what the mode says'(f, t) {
    t.is(await using(f.as(NOBODY), `${NULL}/dev`, O_RDONLY, file => file.read(100)), '1:3\n')
    await fails(t, 'EACCES', f.as(NOBODY).open(`${NULL}/uevent`, O_WRONLY))
  },
}

export const openCases: Cases = {
  async 'open: what can not be read is EACCES, for root too'(f, t) {
    await fails(t, 'EACCES', f.open(`${LAB}/secret`, O_RDONLY))
    await fails(t, 'EACCES', f.open(`${LAB}/secret`, O_RDWR))
    await using(f, `${LAB}/secret`, O_WRONLY, file => fails(t, 'EBADF', file.read(1)))
    for (const flags of [O_RDONLY, O_WRONLY, O_RDWR])
      await fails(t, 'EACCES', f.as(NOBODY).open(`${LAB}/secret`, flags))
  },

  async 'open: what is for root is not for others'(f, t) {
    t.is(await using(f, `${LAB}/private`, O_RDONLY, file => file.read(100)), 'for root\n')
    await fails(t, 'EACCES', f.as(NOBODY).open(`${LAB}/private`, O_RDONLY))
    await fails(t, 'EACCES', f.as(NOBODY).truncate(`${LAB}/private`, 0))
  },

  async 'open: a mode that was given opens, and the missing routine is EIO'(f, t) {
    await f.chmod(`${LAB}/secret`, 0o600)
    await using(f, `${LAB}/secret`, O_RDONLY, file => fails(t, 'EIO', file.read(10)))
    await f.chmod(`${LAB}/text`, 0o666)
    await using(f, `${LAB}/text`, O_WRONLY, file => fails(t, 'EIO', file.write('x')))
    await using(f.as(NOBODY), `${LAB}/text`, O_WRONLY, file => fails(t, 'EIO', file.write('x')))
    await f.chmod(`${LAB}/text`, 0)
    await fails(t, 'EACCES', f.open(`${LAB}/text`, O_RDONLY))
  },
}
