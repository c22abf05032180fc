import test from 'ava'
import fc from 'fast-check'
import type { Machine } from '../../src/drivers/machine.ts'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { Directory } from '../../src/sysfs/kernfs/directory.ts'
import { FileNode, O_RDONLY, O_WRONLY } from '../../src/sysfs/kernfs/file.ts'
import { Symlink } from '../../src/sysfs/kernfs/symlink.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'
import { RELEASES } from '../../src/sysfs/release.ts'
import { uuid } from '../support/machine.ts'
import { ROOT } from '../support/tree.ts'

/** Contents that depend on the clock. */
const CLOCKED = new Set(['runtime_active_time'])

/** Everything that can be seen, by path. Every link has to lead somewhere. */
function snapshot(directory: Directory, into = new Map<string, string>()): Map<string, string> {
  for (const { name } of directory.list()) {
    const node = directory.lookup(name)!
    const path = node.path
    if (node instanceof Symlink) {
      if (!node.target.active) throw new Error(`${path} leads nowhere`)
      into.set(path, `-> ${node.text}`)
    } else if (node instanceof Directory) {
      into.set(path, `nlink ${node.nlink}`)
      snapshot(node, into)
    } else {
      into.set(path, CLOCKED.has(name) ? '' : content(node as FileNode))
    }
  }
  return into
}

function content(node: FileNode): string {
  if (!(node.permissions & 0o444)) return 'write only'
  try {
    const file = node.open(O_RDONLY, ROOT)
    const text = Buffer.from(file.read(0, 4096)).toString('latin1')
    file.release()
    return text
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

/** Attributes that somebody may write to; files of /dev are another matter. */
function* writable(directory: Directory): Iterable<FileNode> {
  for (const { name } of directory.list()) {
    const node = directory.lookup(name)!
    if (node instanceof Directory) yield* writable(node)
    else if (node instanceof FileNode && node.permissions & 0o222) yield node
  }
}

/** Bytes that come near to what stores take, and others. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map(each => Buffer.from(each)),
  fc.string({ maxLength: 50 }).map(each => Buffer.from(each)),
  fc
    .constantFrom(
      '1',
      '0',
      '-1',
      '0x10',
      'on',
      'add',
      'change x',
      uuid(77),
      uuid(1),
      '0000:00:02.0',
      'mtty',
      '0.0.1004',
      '0.0.0313',
      'vfio_ccw',
      'force',
      '+',
      '99999999999999999999',
    )
    .chain(word => fc.constantFrom('', '\n', '\n\n', '\0', ' ').map(end => Buffer.from(word + end))),
  fc.integer({ min: 4090, max: 5000 }).map(length => Buffer.alloc(length, 'a')),
)

const PROFILES = [
  ['samples'],
  ['gvtg-aggregation'],
  ['gvtg-broadwell', 'mtty'],
  ['ccw-small'],
  ['vfio-migration'],
]

function machines(): Machine[] {
  return RELEASES.flatMap(kernel =>
    PROFILES.map(names => {
      const machine = buildMachine(loadProfiles(names, { kernel }), { kernel })
      for (const [i, file] of [...writable(machine.kernel.sys)]
        .filter(({ name }) => name === 'create')
        .entries()) {
        try {
          file.open(O_WRONLY, ROOT).write(Buffer.from(uuid(i)), 0)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
        }
      }
      return machine
    }),
  )
}

test('any bytes to any attribute: taken, or refused with an errno and nothing changed', t => {
  for (const machine of machines()) {
    const { sys } = machine.kernel
    fc.assert(
      fc.property(fc.nat(), bytes, (which, data) => {
        const files = [...writable(sys)]
        const file = files[which % files.length]!
        const before = snapshot(sys)
        try {
          const answer = file.open(O_WRONLY, ROOT).write(data, 0)
          if (typeof answer === 'number') t.true(answer >= 0 && answer <= Math.min(data.length, 4096))
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          const after = snapshot(sys)
          // events that went out are counted, whatever came of it
          before.delete('/sys/kernel/uevent_seqnum')
          after.delete('/sys/kernel/uevent_seqnum')
          t.deepEqual(after, before, `${file.path} ${JSON.stringify(data.toString('latin1'))}`)
        }
      }),
      { numRuns: 60 },
    )
    snapshot(sys)
  }
})
