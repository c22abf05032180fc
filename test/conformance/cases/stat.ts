import { type Cases, cat, O_DIRECTORY, O_RDONLY, using } from '../case.ts'
import { LAB, NOTES, NULL } from '../tree.ts'

/** Kernel-semantics 1.1, on what every machine has. */
export const statEverywhere: Cases = {
  'stat: /sys is a directory of mode 0555 and inode 1'(f, t) {
    return f.stat('/sys').then(({ type, mode, ino, size, uid, gid }) => {
      t.deepEqual(
        { type, mode, ino, size, uid, gid },
        { type: 'directory', mode: 0o555, ino: 1, size: 0, uid: 0, gid: 0 },
      )
    })
  },

  async 'stat: a directory has mode 0755, size 0, and two links and one for each directory in it'(f, t) {
    const { type, mode, size, nlink } = await f.stat(NULL)
    t.deepEqual({ type, mode, size }, { type: 'directory', mode: 0o755, size: 0 })
    const entries = await using(f, NULL, O_RDONLY | O_DIRECTORY, file => file.getdents(65536))
    const directories = entries.filter(entry => entry.type === 'directory')
    // . and .. are among them
    t.is(nlink, directories.length)
  },

  async 'stat: a text attribute has one page, no blocks and one link'(f, t) {
    const { type, mode, nlink, size, uid, gid, blocks, blksize } = await f.stat(`${NULL}/dev`)
    t.deepEqual(
      { type, mode, nlink, size, uid, gid, blocks, blksize },
      { type: 'file', mode: 0o444, nlink: 1, size: 4096, uid: 0, gid: 0, blocks: 0, blksize: 4096 },
    )
    t.is((await f.stat(`${NULL}/uevent`)).mode, 0o644)
  },

  async 'stat: a link has mode 0777 and size 0, whatever the length of its target'(f, t) {
    const { type, mode, nlink, size } = await f.lstat(`${NULL}/subsystem`)
    t.deepEqual({ type, mode, nlink, size }, { type: 'link', mode: 0o777, nlink: 1, size: 0 })
    t.is((await f.stat(`${NULL}/subsystem`)).type, 'directory')
  },

  async 'stat: a binary attribute has the size that it declares'(f, t) {
    const { size, mode } = await f.stat(NOTES)
    t.is(mode, 0o444)
    t.is((await cat(f, NOTES)).length, size)
  },

  async 'stat: the file system has no blocks and no files'(f, t) {
    t.deepEqual(await f.statfs(`${NULL}/dev`), { bsize: 4096, blocks: 0, files: 0, namemax: 255 })
  },

  async 'stat: the inode number is that of readdir'(f, t) {
    const entries = await using(f, NULL, O_RDONLY | O_DIRECTORY, file => file.getdents(65536))
    for (const { name, ino } of entries) {
      if (name !== '..') t.is((await f.lstat(`${NULL}/${name}`)).ino, ino, name)
    }
  },
}

export const statCases: Cases = {
  async 'stat: a binary attribute that declares no size has size 0'(f, t) {
    t.is((await f.stat(`${LAB}/stream`)).size, 0)
    t.is((await f.stat(`${LAB}/blob`)).size, 16)
  },

  async 'stat: the link count follows directories that come and go'(f, t) {
    const before = (await f.stat('/sys/devices/virtual/lab')).nlink
    await f.command('unregister')
    t.is((await f.stat('/sys/devices/virtual/lab')).nlink, before - 1)
    await f.command('reset')
    t.is((await f.stat('/sys/devices/virtual/lab')).nlink, before)
  },

  async 'stat: another device at the same path has another inode number'(f, t) {
    const before = await f.stat(LAB)
    await f.command('reset')
    t.not((await f.stat(LAB)).ino, before.ino)
  },
}
