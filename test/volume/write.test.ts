import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import test from 'ava'
import { openVolume } from '../../src/index.ts'
import { writeTree } from '../../src/volume/write.ts'
import { samples, uuid } from '../support/machine.ts'
import { mdevfs } from '../support/processes.ts'

function temporary(t: { teardown(end: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'mdevfs-write-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  return directory
}

test('the copy has every name, content, mode and link of the machine', t => {
  const { machine, sh } = samples('6.1')
  sh.put('/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create', uuid(1))
  const fs = openVolume(machine)
  const copy = join(temporary(t), 'copy')
  const written = writeTree(machine.kernel.root, copy)
  const names = (fs.readdirSync('/', { recursive: true }) as string[]).sort()
  // without the types Node would follow links, for ever
  const copied = readdirSync(copy, { recursive: true, withFileTypes: true }).map(entry =>
    relative(copy, join(entry.parentPath, entry.name)),
  )
  t.is(
    copied
      .filter(name => name !== 'README')
      .sort()
      .join('\n'),
    names.join('\n'),
  )
  t.is(written.directories + written.files + written.links, names.length)
  let empty = 0
  for (const name of names) {
    const original = fs.lstatSync(`/${name}`)
    const file = lstatSync(join(copy, name))
    if (original.isSymbolicLink()) {
      t.is(readlinkSync(join(copy, name)), String(fs.readlinkSync(`/${name}`)))
      continue
    }
    t.is(file.mode, original.isDirectory() ? original.mode | 0o700 : original.mode, name)
    if (!original.isFile()) continue
    let content = Buffer.alloc(0)
    try {
      content = Buffer.from(fs.readFileSync(`/${name}`))
    } catch {
      empty++
    }
    t.true(readFileSync(join(copy, name)).equals(content), name)
  }
  t.is(written.empty, empty)
  t.is(written.cut, 0)
})

test('the command says that the copy is dead, and takes no directory with something in it', async t => {
  const copy = join(temporary(t), 'copy')
  const { code, stdout, stderr } = await mdevfs('write', copy, '-p', 'mtty')
  t.is(stderr, '')
  t.is(code, 0)
  t.regex(stdout, /copy: \d+ directories, \d+ files, \d+ links\.\nThis is a dead copy:/)
  t.regex(readFileSync(join(copy, 'README'), 'utf8'), /complete, and dead/)
  const again = await mdevfs('write', copy, '-p', 'mtty')
  t.is(again.code, 1)
  t.is(
    again.stderr,
    `mdevfs: ${copy} is not empty: name a directory that is, or one that is not there yet.\n`,
  )
  writeFileSync(join(copy, 'file'), '')
  const file = await mdevfs('write', join(copy, 'file'))
  t.is(file.code, 1)
  t.regex(file.stderr, /^mdevfs: .*\/file can not be written to: EEXIST/)
})
