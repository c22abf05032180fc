import { once } from 'node:events'
import test from 'ava'
import { openVolume } from '../../src/index.ts'
import { Directory, type Dirent } from '../../src/sysfs/kernfs/directory.ts'
import { DT_DIR } from '../../src/sysfs/kernfs/node.ts'
import { Superblock } from '../../src/sysfs/kernfs/superblock.ts'
import { volumeOf } from '../../src/volume/index.ts'
import { samples, uuid } from '../support/machine.ts'

const PARENT = '/sys/class/mdev_bus/mtty'
const TYPES = `${PARENT}/mdev_supported_types`
const TYPE = `${TYPES}/mtty-1`

const mtty = () => openVolume({ profiles: ['mtty'] })

test('reads, in every way that fs has', async t => {
  const fs = mtty()
  const name = 'Single port serial\n'
  t.is(fs.readFileSync(`${TYPE}/name`, 'utf8'), name)
  t.is(String(await fs.promises.readFile(`${TYPE}/name`)), name)
  let streamed = ''
  for await (const piece of fs.createReadStream(`${TYPE}/name`) as AsyncIterable<Buffer>) streamed += piece
  t.is(streamed, name)
  const fd = fs.openSync(`${TYPE}/name`, 'r')
  const buffer = Buffer.alloc(7)
  t.is(fs.readSync(fd, buffer, 0, 6, null), 6)
  t.is(buffer.toString('latin1'), 'Single\0')
  t.is(fs.readSync(fd, buffer, 1, 6, 7), 6)
  t.is(buffer.toString('latin1'), 'Sport s')
  fs.closeSync(fd)
  t.throws(() => fs.readSync(fd, buffer), { code: 'EBADF' })
})

test('a write creates the device, and the counters follow', async t => {
  const fs = mtty()
  const device = `/sys/bus/mdev/devices/${uuid(1)}`
  t.false(fs.existsSync(device))
  fs.writeFileSync(`${TYPE}/create`, uuid(1))
  t.true(fs.existsSync(device))
  t.is(fs.readlinkSync(device), `../../../devices/virtual/mtty/mtty/${uuid(1)}`)
  t.is(fs.realpathSync(device), `/sys/devices/virtual/mtty/mtty/${uuid(1)}`)
  t.is(fs.readFileSync(`${TYPE}/available_instances`, 'utf8'), '23\n')
  await fs.promises.writeFile(`${TYPE}/create`, uuid(2))
  t.deepEqual(fs.readdirSync('/sys/bus/mdev/devices'), [uuid(1), uuid(2)])
  const stream = fs.createWriteStream(`${device}/remove`)
  stream.end('1')
  await once(stream as never, 'close')
  t.deepEqual(await fs.promises.readdir('/sys/bus/mdev/devices'), [uuid(2)])
  t.throws(() => fs.statSync(device), { code: 'ENOENT', message: /stat '\/sys\/bus/ })
})

test('errors carry the code of the kernel', async t => {
  const fs = mtty()
  fs.writeFileSync(`${TYPE}/create`, uuid(1))
  const twice = t.throws(() => fs.writeFileSync(`${TYPE}/create`, uuid(1))) as NodeJS.ErrnoException
  t.is(twice.code, 'EEXIST')
  t.is(twice.errno, -17)
  t.is(twice.syscall, 'write')
  await t.throwsAsync(fs.promises.writeFile(`${TYPE}/create`, 'no uuid'), { code: 'EINVAL' })
  t.throws(() => fs.readFileSync(`${TYPE}/create`), { code: 'EACCES' })
  t.throws(() => fs.writeFileSync(`${TYPE}/name`, 'x'), { code: 'EACCES' })
  t.throws(() => fs.readFileSync('/dev/vfio/vfio'), { code: 'EINVAL' })
  t.throws(() => fs.readFileSync(TYPE), { code: 'EISDIR' })
  t.throws(() => fs.readdirSync(`${TYPE}/name`), { code: 'ENOTDIR' })
  t.throws(() => fs.statSync(`${TYPE}/name/x`), { code: 'ENOTDIR' })
  t.throws(() => fs.readlinkSync(TYPE), { code: 'EINVAL' })
})

test('what sysfs has no operation for is refused as the kernel refuses it', t => {
  const fs = mtty()
  t.throws(() => fs.mkdirSync('/sys/x'), { code: 'EPERM' })
  t.throws(() => fs.mkdirSync('/sys/bus'), { code: 'EEXIST' })
  t.throws(() => fs.mkdirSync('/sys/no/x'), { code: 'ENOENT' })
  t.is(fs.mkdirSync('/sys/bus', { recursive: true }), undefined)
  t.throws(() => fs.mkdirSync('/sys/x/y', { recursive: true }), { code: 'EPERM' })
  t.throws(() => fs.rmdirSync('/sys/bus'), { code: 'EPERM' })
  t.throws(() => fs.rmdirSync(`${TYPE}/name`), { code: 'ENOTDIR' })
  t.throws(() => fs.unlinkSync(`${TYPE}/name`), { code: 'EPERM' })
  t.throws(() => fs.unlinkSync('/sys/bus'), { code: 'EISDIR' })
  t.throws(() => fs.unlinkSync('/sys/x'), { code: 'ENOENT' })
  t.throws(() => fs.rmSync(`${TYPE}/name`), { code: 'EPERM' })
  t.notThrows(() => fs.rmSync('/sys/x', { force: true }))
  t.throws(() => fs.rmSync('/sys/bus', { recursive: true }), { code: 'EPERM' })
  t.throws(() => fs.renameSync(`${TYPE}/name`, `${TYPE}/nom`), { code: 'EPERM' })
  t.throws(() => fs.renameSync(`${TYPE}/nom`, `${TYPE}/name`), { code: 'ENOENT' })
  t.throws(() => fs.renameSync('/sys/bus', `${TYPE}/name`), { code: 'ENOTDIR' })
  t.throws(() => fs.symlinkSync('x', '/sys/y'), { code: 'EPERM' })
  t.throws(() => fs.symlinkSync('x', '/sys/bus'), { code: 'EEXIST' })
  t.throws(() => fs.linkSync(`${TYPE}/name`, '/sys/y'), { code: 'EPERM' })
  t.throws(() => fs.writeFileSync('/sys/y', 'x'), { code: 'EACCES' })
  t.throws(() => fs.openSync(`${TYPE}/name`, 'wx'), { code: 'EEXIST' })
})

test('readdir knows the types, and opens nothing', t => {
  const fs = mtty()
  fs.writeFileSync(`${TYPE}/create`, uuid(1))
  const types = (path: string) =>
    Object.fromEntries(
      (fs.readdirSync(path, { withFileTypes: true }) as import('node:fs').Dirent[]).map(entry => [
        entry.name,
        entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'file',
      ]),
    )
  t.like(types(TYPE), { name: 'file', create: 'file', devices: 'directory' })
  t.deepEqual(types('/sys/bus/mdev/devices'), { [uuid(1)]: 'link' })
  const below = fs.readdirSync('/sys/bus', { recursive: true }).map(String)
  t.true(below.includes(`mdev/devices/${uuid(1)}`))
  t.deepEqual(
    fs.readdirSync(TYPES, { encoding: 'buffer' }).map((name: unknown) => Buffer.isBuffer(name)),
    [true, true],
  )
})

test('stat tells what the kernel tells', t => {
  const fs = mtty()
  const file = fs.statSync(`${TYPE}/name`)
  t.like(file, { mode: 0o100444, size: 4096, nlink: 1, uid: 0, gid: 0 })
  t.is(fs.statSync(TYPES).nlink, 4)
  t.is(fs.lstatSync('/sys/class/mdev_bus/mtty').mode, 0o120777)
  t.true(fs.statSync('/sys/class/mdev_bus/mtty').isDirectory())
  t.not(file.ino, fs.statSync(`${TYPE}/create`).ino)
  fs.chmodSync(`${TYPE}/name`, 0o400)
  t.is(fs.statSync(`${TYPE}/name`).mode, 0o100400)
  fs.utimesSync(`${TYPE}/name`, 1, 2)
  t.is(fs.statSync(`${TYPE}/name`).mtimeMs, 2000)
})

test('.. is the parent of where a link leads', t => {
  const fs = mtty()
  t.deepEqual(fs.readdirSync(`${PARENT}/..`), fs.readdirSync('/sys/devices/virtual/mtty'))
  t.is(fs.realpathSync('/../sys/./bus//'), '/sys/bus')
  t.throws(() => fs.statSync(`${TYPE}/name/`), { code: 'ENOTDIR' })
})

test('an open file of a removed device answers ENODEV', t => {
  const fs = mtty()
  fs.writeFileSync(`${TYPE}/create`, uuid(1))
  const device = `/sys/bus/mdev/devices/${uuid(1)}`
  const fd = fs.openSync(`${device}/uevent`, 'r')
  fs.writeFileSync(`${device}/remove`, '1')
  t.throws(() => fs.readSync(fd, Buffer.alloc(9)), { code: 'ENODEV', message: /, read$/ })
  fs.closeSync(fd)
})

test('a write that has to wait', async t => {
  const fs = openVolume(samples('6.1').machine)
  fs.writeFileSync(`${TYPE}/create`, uuid(1))
  const device = `/sys/devices/virtual/mtty/mtty/${uuid(1)}`
  const group = fs.readlinkSync(`${device}/iommu_group`).toString().split('/').at(-1)
  const held = fs.openSync(`/dev/vfio/${group}`, 'r+')
  const removed = fs.promises.writeFile(`${device}/remove`, '1')
  await new Promise(resolve => setImmediate(resolve))
  t.true(fs.existsSync(device))
  fs.closeSync(held)
  await removed
  t.false(fs.existsSync(device))
})

test('a synchronous write does not wait, and what was begun goes on', t => {
  const fs = openVolume(samples('6.1').machine)
  fs.writeFileSync(`${TYPE}/create`, uuid(1))
  const device = `/sys/bus/mdev/devices/${uuid(1)}`
  const group = fs.readlinkSync(`${device}/iommu_group`).toString().split('/').at(-1)
  const held = fs.openSync(`/dev/vfio/${group}`, 'r+')
  t.throws(() => fs.writeFileSync(`${device}/remove`, '1'), { code: 'EINTR' })
  fs.closeSync(held)
  t.false(fs.existsSync(device))
})

test('of 65,536 names none is built by opening or listing', t => {
  const root = new Directory('', undefined, new Superblock())
  const names: Dirent[] = Array.from({ length: 65536 }, (_, i) => ({
    name: `0.0.${i.toString(16).padStart(4, '0')}`,
    hash: i + 2,
    ino: i + 2,
    type: DT_DIR,
  }))
  const built: string[] = []
  root.mkdir('css0').populate({
    directories: names.length,
    list: () => names,
    lookup(name) {
      built.push(name)
      return new Directory(name, root, root.superblock)
    },
  })
  const fs = volumeOf(root)
  t.is(fs.readdirSync('/css0').length, 65536)
  t.is(fs.statSync('/css0').nlink, 65538)
  t.deepEqual(built, [])
  t.true(fs.existsSync('/css0/0.0.ffff'))
  t.deepEqual(built, ['0.0.ffff'])
})

test('names and links that are not ASCII', t => {
  const root = new Directory('', undefined, new Superblock())
  const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
  const directory = root.mkdir(bytes('Gerät'))
  root.symlink(bytes('Verknüpfung'), directory)
  const fs = volumeOf(root)
  t.deepEqual(fs.readdirSync('/'), ['Gerät', 'Verknüpfung'])
  t.is(fs.readlinkSync('/Verknüpfung'), 'Gerät')
  t.true(fs.statSync('/Verknüpfung/').isDirectory())
})
