import type { CreateTree, ServedTree } from '../../src/fuse/index.ts'
import { Class } from '../../src/sysfs/base/class.ts'
import { Device } from '../../src/sysfs/base/device.ts'
import { Kernel } from '../../src/sysfs/base/kernel.ts'
import { attrRO, attrRW, attrWO, binAttr, EntryTable, group, link } from '../../src/sysfs/kernfs/table.ts'
import { Completion, start, type Task, waitFor } from '../../src/sysfs/lib/completion.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'

/** The device of the tree under test. */
export const LAB = '/sys/devices/virtual/lab/lab0'
/** Another one, to which it has a link. */
export const PEER = '/sys/devices/virtual/lab/peer'
/** A device that every Linux machine has at this place, so that cases on it can be held against a real one. */
export const NULL = '/sys/devices/virtual/mem/null'
/** A binary attribute that every Linux machine has. */
export const NOTES = '/sys/kernel/notes'
/** How many directories `many` has. */
export const MANY = 300

/** Attributes of every sort, which remember what was done to them. */
class Lab extends Device {
  /** How often `counter` was shown. */
  shown = 0
  /** What `value` holds. */
  value = ''
  /** What was stored into `value`, `secret` and `short`, each time. */
  readonly stores: string[] = []
  /** Whether `maybe` is there. */
  maybe = false
  removable = true
  readonly blob = new Uint8Array(16)
  readonly barrier = new Completion()
  peer: Device | undefined

  protected override groups(): readonly EntryTable<never>[] {
    return [labTable]
  }
}

const PAGE = 4096

const labTable = new EntryTable<Lab>([
  attrRO('text', () => 'hello\n'),
  attrRO('empty', () => ''),
  attrRO('bytes', () => 'a\0b\xff\n'),
  attrRO('long', () => 'x'.repeat(PAGE + 1)),
  attrRO('counter', lab => `${++lab.shown}\n`),
  attrRO('private', () => 'for root\n', { mode: 0o400 }),
  attrRW(
    'value',
    lab => lab.value,
    (lab, buf) => {
      lab.stores.push(buf)
      lab.value = buf
    },
  ),
  attrRW(
    'failing',
    () => {
      throw new Errno('EOPNOTSUPP')
    },
    () => {
      throw new Errno('EADDRINUSE')
    },
  ),
  attrWO('secret', (lab, buf) => {
    lab.stores.push(buf)
  }),
  attrWO('short', (lab, buf) => {
    lab.stores.push(buf)
    return Math.min(buf.length, 3)
  }),
  attrWO('blocking', function* (lab): Task {
    yield* waitFor(lab.barrier)
  }),
  attrWO(
    'remove',
    function* (lab): Task {
      lab.removable = false
      lab.revalidate()
      yield* lab.unregister()
    },
    { present: lab => lab.removable },
  ),
  attrRO('maybe', () => 'yes\n', { present: lab => lab.maybe }),
  binAttr('blob', 0o644, {
    size: lab => lab.blob.length,
    read: (lab, offset, length) => lab.blob.subarray(offset, offset + length),
    write(lab, data, offset) {
      lab.blob.set(data, offset)
      return data.length
    },
  }),
  binAttr('stream', 0o444, {
    size: () => 0,
    read: (_, offset, length) =>
      new Uint8Array(Math.max(0, Math.min(length, 2 * PAGE + 10 - offset))).fill(46),
  }),
  link('peer', lab => lab.peer),
  group('group', [attrRO('inner', () => 'inside\n')]),
])

/** /sys/kernel/notes; an ELF note, to root and others alike. */
const notesTable = new EntryTable<Uint8Array>([
  binAttr('notes', 0o444, {
    size: bytes => bytes.length,
    read: (bytes, offset, length) => bytes.subarray(offset, offset + length),
  }),
])

/** What the cases run on: two devices of a class of their own, and what every machine has. */
export class TreeUnderTest implements ServedTree {
  readonly root: Kernel['root']
  readonly #kernel: Kernel
  readonly #class: Class
  readonly #peer: Device
  #lab: Lab

  constructor() {
    const kernel = new Kernel()
    this.#kernel = kernel
    this.root = kernel.root
    kernel.kernel.attach(notesTable, new Uint8Array(164).fill(7))
    new Device(kernel, 'null', { class: new Class(kernel, 'mem'), devt: { major: 1, minor: 3 } }).register()
    this.#class = new Class(kernel, 'lab')
    this.#peer = new Device(kernel, 'peer', { class: this.#class }).register()
    const many = this.#peer.mkdir('many')
    for (let i = 0; i < MANY; i++) many.mkdir(`n${i}`)
    this.#lab = this.#makeLab()
  }

  /**
   * `reset` makes the device anew; `unregister` takes it away; `notify` calls sysfs_notify() for `value`; `release` lets the
   * store of `blocking` go on; `toggle` makes `maybe` come or go; `stores` tells what was stored.
   */
  command(message: unknown): unknown {
    const lab = this.#lab
    switch (message) {
      case 'reset':
        lab.barrier.complete()
        if (lab.registered) start(lab.unregister())
        this.#lab = this.#makeLab()
        return undefined
      case 'unregister':
        start(lab.unregister())
        return undefined
      case 'notify':
        return lab.notify('value')
      case 'release':
        return lab.barrier.complete()
      case 'toggle':
        lab.maybe = !lab.maybe
        return lab.revalidate()
      case 'stores':
        return [...lab.stores]
      default:
        throw new Error(`unknown command ${String(message)}`)
    }
  }

  #makeLab(): Lab {
    const lab = new Lab(this.#kernel, 'lab0', { class: this.#class })
    lab.peer = this.#peer
    return lab.register()
  }
}

export const createTree: CreateTree = () => new TreeUnderTest()
