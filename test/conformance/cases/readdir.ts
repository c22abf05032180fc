import { type Cases, fails, O_DIRECTORY, O_RDONLY, O_RDWR, O_WRONLY, using } from '../case.ts'
import type { Entry, File } from '../frontend.ts'
import { LAB, MANY, NULL, PEER } from '../tree.ts'

const LAST = 0x7fffffff

/** The recipe of kernel-semantics 1.2, in BigInt. */
function hash(name: string): number {
  const U64 = (1n << 64n) - 1n
  let x = 0n
  for (const char of name) {
    const c = BigInt(char.charCodeAt(0))
    x = ((x + (c << 4n) + (c >> 4n)) * 11n) & U64
  }
  const h = Number((((x * 0x61c8864680b583ebn) & U64) >> 32n) & 0x7fffffffn)
  if (h < 2) return h + 2
  return h >= LAST ? LAST - 1 : h
}

async function list(file: File, size: number): Promise<Entry[]> {
  const entries: Entry[] = []
  for (;;) {
    const batch = await file.getdents(size)
    if (batch.length === 0) return entries
    entries.push(...batch)
  }
}

const OPEN = O_RDONLY | O_DIRECTORY

export const readdirEverywhere: Cases = {
  async 'readdir: names come in the order of their hashes, after . and ..'(f, t) {
    for (const path of [NULL, '/sys/bus', '/sys']) {
      const entries = await using(f, path, OPEN, file => list(file, 65536))
      const names = entries.map(({ name }) => name)
      t.deepEqual(names.slice(0, 2), ['.', '..'])
      const rest = names.slice(2)
      t.deepEqual(
        rest,
        rest.toSorted((a, b) => hash(a) - hash(b)),
      )
    }
  },

  async 'readdir: d_off is 1 for ., and the hash of the next name for the others'(f, t) {
    const entries = await using(f, NULL, OPEN, file => list(file, 65536))
    const hashes = entries.slice(2).map(({ name }) => hash(name))
    t.deepEqual(
      entries.map(({ offset }) => offset),
      [1, ...hashes, LAST],
    )
  },

  async 'readdir: every name has its type'(f, t) {
    const entries = await using(f, NULL, OPEN, file => list(file, 65536))
    const types = Object.fromEntries(entries.map(({ name, type }) => [name, type]))
    t.like(types, { '.': 'directory', '..': 'directory', dev: 'file', uevent: 'file', subsystem: 'link' })
  },

  async 'readdir: the end of a directory is at 0, and reading it is EISDIR'(f, t) {
    await using(f, NULL, OPEN, async file => {
      t.is(await file.lseek(0, 'end'), 0)
      await fails(t, 'EISDIR', file.read(10))
      await fails(t, 'EINVAL', file.fsync())
      await fails(t, 'EINVAL', file.lseek(-1, 'set'))
    })
    await fails(t, 'EISDIR', f.open(NULL, O_WRONLY))
    await fails(t, 'EISDIR', f.open(NULL, O_RDWR))
    await fails(t, 'ENOTDIR', f.open(`${NULL}/dev`, OPEN))
  },
}

export const readdirCases: Cases = {
  async 'readdir: small buffers lose and repeat nothing'(f, t) {
    for (const size of [64, 200, 1000, 65536]) {
      const entries = await using(f, `${PEER}/many`, OPEN, file => list(file, size))
      t.is(entries.length, MANY + 2)
      t.is(new Set(entries.map(({ name }) => name)).size, MANY + 2)
    }
  },

  async 'readdir: seeking to a d_off goes on behind that name'(f, t) {
    await using(f, `${PEER}/many`, OPEN, async file => {
      const entries = await list(file, 65536)
      for (const i of [0, 1, 2, 150, MANY]) {
        t.is(await file.lseek(entries[i]!.offset, 'set'), entries[i]!.offset)
        t.deepEqual(await list(file, 4096), entries.slice(i + 1))
      }
    })
  },

  async 'readdir: a listing goes on while names go'(f, t) {
    await using(f, LAB, OPEN, async file => {
      const first = await file.getdents(100)
      await f.command('toggle')
      const rest = await list(file, 100)
      const names = [...first, ...rest].map(({ name }) => name)
      t.is(new Set(names).size, names.length)
      for (const name of ['text', 'value', 'blob', 'group', 'peer', 'subsystem']) t.true(names.includes(name))
    })
  },

  async 'readdir: a name that came is listed and found, one that went is neither'(f, t) {
    const names = () => using(f, LAB, OPEN, async file => (await list(file, 4096)).map(({ name }) => name))
    await fails(t, 'ENOENT', f.stat(`${LAB}/maybe`))
    t.false((await names()).includes('maybe'))
    await f.command('toggle')
    t.true((await names()).includes('maybe'))
    t.is((await f.stat(`${LAB}/maybe`)).mode, 0o444)
    await f.command('toggle')
    await fails(t, 'ENOENT', f.stat(`${LAB}/maybe`))
    t.false((await names()).includes('maybe'))
  },
}
