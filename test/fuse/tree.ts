import { execFileSync } from 'node:child_process'
import type { CreateTree } from '../../src/fuse/index.ts'
import { Directory } from '../../src/sysfs/kernfs/directory.ts'
import { FileNode, type OpenFile, POLL_DEFAULT } from '../../src/sysfs/kernfs/file.ts'
import { Superblock } from '../../src/sysfs/kernfs/superblock.ts'
import { attrRO, attrWO, EntryTable, group } from '../../src/sysfs/kernfs/table.ts'
import { Completion, type Task, waitFor } from '../../src/sysfs/lib/completion.ts'

/** A file whose reads give more than was asked for, as a bug in a tree may. */
class Overflow extends FileNode {
  readonly size = 0
  protected readonly declaredMode = 0o444

  get superblock(): Superblock {
    return this.parent!.superblock
  }

  open(): OpenFile {
    return {
      node: this,
      direct: true,
      read: (_, length) => new Uint8Array(length + 1),
      write: () => 0,
      poll: () => POLL_DEFAULT,
      release() {},
    }
  }
}

const deviceTable = new EntryTable<Directory>([
  attrRO('name', device => `${device.name}\n`),
  attrWO('remove', device => device.parent!.remove(device.name)),
  group('power', [attrRO('control', () => 'auto\n')]),
])

class Tree {
  readonly root = new Directory('', undefined, new Superblock())
  readonly devices: Directory
  readonly barrier = new Completion()
  /** How many stores of `blocking` were begun. */
  begun = 0
  /** How many of them came to their end. */
  finished = 0

  constructor() {
    this.root.attach(rootTable, this)
    this.devices = this.root.mkdir('devices')
    this.root.add(new Overflow('overflow', this.root.superblock.inodes(), this.root))
  }

  add(name: string): void {
    this.devices.mkdir(name).attach(deviceTable, this.devices.lookup(name) as Directory)
  }
}

const rootTable = new EntryTable<Tree>([
  attrWO('add', (tree, name) => tree.add(name)),
  attrWO('buggy', () => {
    throw new TypeError('a bug of the tree under test')
  }),
  attrRO('waiting', tree => `${tree.begun - tree.finished}\n`),
  attrWO('blocking', function* (tree): Task {
    tree.begun++
    yield* waitFor(tree.barrier)
    tree.finished++
  }),
])

/** `/devices` with what is written into `/add`, and files that misbehave. */
export const createTree: CreateTree = () => {
  const tree = new Tree()
  return {
    root: tree.root,
    command(message) {
      switch (message) {
        case 'release':
          tree.barrier.complete()
          return tree.finished
        case 'descriptors of a child':
          return execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })
        case 'exit':
          process.exit()
      }
      throw new Error(`unknown command ${String(message)}`)
    },
  }
}
