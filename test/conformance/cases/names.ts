import { type Cases, cat, fails, O_RDONLY, O_TRUNC, O_WRONLY, using } from '../case.ts'
import { LAB, NULL } from '../tree.ts'

const NOBODY = 65534

/** Kernel-semantics 1.6: what would change names; nothing does, so it may be tried on any machine. */
export const namesEverywhere: Cases = {
  async 'names: none can be made'(f, t) {
    await fails(t, 'EPERM', f.mkdir(`${NULL}/new`))
    await fails(t, 'EPERM', f.symlink('/tmp', `${NULL}/new`))
    await fails(t, 'EPERM', f.link(`${NULL}/dev`, `${NULL}/new`))
    await fails(t, 'EPERM', f.mknod(`${NULL}/new`, 'fifo'))
    await fails(t, 'EACCES', f.mknod(`${NULL}/new`, 'file'))
  },

  async 'names: one that is there is EEXIST'(f, t) {
    await fails(t, 'EEXIST', f.mkdir(`${NULL}/dev`))
    await fails(t, 'EEXIST', f.symlink('/tmp', `${NULL}/dev`))
    await fails(t, 'EEXIST', f.link(`${NULL}/uevent`, `${NULL}/dev`))
    await fails(t, 'EEXIST', f.mknod(`${NULL}/dev`, 'file'))
  },

  async 'names: none can be taken away'(f, t) {
    await fails(t, 'EPERM', f.rmdir(`${NULL}/power`))
    await fails(t, 'ENOTDIR', f.rmdir(`${NULL}/dev`))
    await fails(t, 'ENOENT', f.rmdir(`${NULL}/nosuch`))
    await fails(t, 'EPERM', f.unlink(`${NULL}/dev`))
    await fails(t, 'EPERM', f.unlink(`${NULL}/subsystem`))
    await fails(t, 'EISDIR', f.unlink(`${NULL}/power`))
    await fails(t, 'ENOENT', f.unlink(`${NULL}/nosuch`))
  },

  async 'names: none can be changed'(f, t) {
    await fails(t, 'EPERM', f.rename(`${NULL}/dev`, `${NULL}/new`))
    await fails(t, 'EPERM', f.rename(`${NULL}/dev`, `${NULL}/uevent`))
    await fails(t, 'ENOENT', f.rename(`${NULL}/nosuch`, `${NULL}/new`))
    await f.rename(`${NULL}/dev`, `${NULL}/dev`)
  },

  async 'names: other users may not even try'(f, t) {
    const nobody = f.as(NOBODY)
    await fails(t, 'EACCES', nobody.mkdir(`${NULL}/new`))
    await fails(t, 'EACCES', nobody.symlink('/tmp', `${NULL}/new`))
    await fails(t, 'EACCES', nobody.unlink(`${NULL}/dev`))
    await fails(t, 'ENOENT', nobody.unlink(`${NULL}/nosuch`))
    await fails(t, 'EACCES', nobody.rename(`${NULL}/dev`, `${NULL}/new`))
    await fails(t, 'EACCES', nobody.truncate(`${NULL}/dev`, 0))
    await fails(t, 'EPERM', nobody.chmod(`${NULL}/dev`, 0o666))
    await fails(t, 'EPERM', nobody.chown(`${NULL}/dev`, NOBODY, NOBODY))
    await fails(t, 'EPERM', nobody.utime(`${NULL}/dev`, 5))
    await fails(t, 'EPERM', nobody.link(`${NULL}/dev`, `${NULL}/new`))
    await fails(t, 'EACCES', nobody.setxattr(`${NULL}/dev`, 'user.x', '1'))
    await fails(t, 'EPERM', nobody.setxattr(`${NULL}/dev`, 'trusted.x', '1'))
  },

  async 'names: a link leads by the nearest common ancestor'(f, t) {
    t.is(await f.readlink(`${NULL}/subsystem`), '../../../../class/mem')
    t.is(await f.readlink('/sys/class/mem/null'), '../../devices/virtual/mem/null')
    t.is(await f.readlink('/sys/dev/char/1:3'), '../../devices/virtual/mem/null')
    await fails(t, 'EINVAL', f.readlink(`${NULL}/dev`))
    await fails(t, 'EINVAL', f.readlink(NULL))
    t.is(await cat(f, '/sys/class/mem/null/dev'), '1:3\n')
  },

  async 'names: what can be done with a file besides reading'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, async file => {
      await file.fsync()
      await file.flock()
      await fails(t, 'EBADF', file.fallocate(100))
      t.is(await file.ioctl(FIONREAD), 4096)
      await file.lseek(96, 'set')
      t.is(await file.ioctl(FIONREAD), 4000)
      await fails(t, 'ENOTTY', file.ioctl(TCGETS))
    })
  },

  async 'names: opening with O_TRUNC leaves the size to FIONREAD'(f, t) {
    await using(f, `${NULL}/uevent`, O_WRONLY | O_TRUNC, async file => {
      t.is(await file.ioctl(FIONREAD), 4096)
    })
  },

  async 'names: text is not mapped shared'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, file => fails(t, 'ENODEV', file.mmap(4096, 'shared')))
  },

  async 'names: text is not mapped private'(f, t) {
    await using(f, `${NULL}/dev`, O_RDONLY, file => fails(t, 'ENODEV', file.mmap(4096, 'private')))
  },

  async 'names: extended attributes that nobody set'(f, t) {
    await fails(t, 'ENODATA', f.getxattr(`${NULL}/dev`, 'user.x'))
    await fails(t, 'ENODATA', f.getxattr(`${NULL}/dev`, 'trusted.x'))
    await fails(t, 'EOPNOTSUPP', f.setxattr(`${NULL}/dev`, 'user.x', '1'))
    await fails(t, 'EOPNOTSUPP', f.setxattr(`${NULL}/dev`, 'nosuch.x', '1'))
  },
}

const FIONREAD = 0x541b
const TCGETS = 0x5401

export const namesCases: Cases = {
  async 'names: mode, owner and times stay as they were set'(f, t) {
    await f.chmod(`${LAB}/text`, 0o640)
    await f.chown(`${LAB}/text`, 12, 34)
    await f.utime(`${LAB}/text`, 1_234_567_890)
    const { mode, uid, gid, mtime, size } = await f.stat(`${LAB}/text`)
    t.deepEqual(
      { mode, uid, gid, mtime, size },
      { mode: 0o640, uid: 12, gid: 34, mtime: 1_234_567_890, size: 4096 },
    )
    await f.chmod(LAB, 0o4700)
    t.is((await f.stat(LAB)).mode, 0o4700)
    await f.chown(`${LAB}/peer`, 1, 2)
    t.is((await f.lstat(`${LAB}/peer`)).uid, 1)
  },

  async 'names: writing changes no times'(f, t) {
    await f.utime(`${LAB}/value`, 1000)
    await using(f, `${LAB}/value`, 1, file => file.write('x'))
    t.is(await cat(f, `${LAB}/value`), 'x')
    t.is((await f.stat(`${LAB}/value`)).mtime, 1000)
  },

  async 'names: trusted and security attributes are kept'(f, t) {
    const path = `${LAB}/text`
    await f.setxattr(path, 'trusted.x', 'one')
    await f.setxattr(path, 'security.x', '')
    t.deepEqual((await f.listxattr(path)).toSorted(), ['security.x', 'trusted.x'])
    t.is(await f.getxattr(path, 'trusted.x'), 'one')
    await f.removexattr(path, 'trusted.x')
    await fails(t, 'ENODATA', f.removexattr(path, 'trusted.x'))
    await fails(t, 'ENODATA', f.getxattr(path, 'trusted.x'))
  },

  async 'names: fallocate on what can be written'(f, t) {
    await using(f, `${LAB}/value`, 2, file => fails(t, 'EOPNOTSUPP', file.fallocate(100)))
  },

  async 'names: a link within a directory'(f, t) {
    t.is(await f.readlink(`${LAB}/peer`), '../peer')
  },
}
