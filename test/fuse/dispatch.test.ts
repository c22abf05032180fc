import test from 'ava'
import fc from 'fast-check'
import { Complaints } from '../../src/fuse/complaints.ts'
import { Message } from '../../src/fuse/message.ts'
import { messages } from '../../src/fuse/notify.ts'
import { IN_HEADER, IOCTL_DIR, Opcode, OUT_HEADER } from '../../src/fuse/protocol.ts'
import { type Outlet, Server } from '../../src/fuse/server.ts'
import { ERRNO } from '../../src/sysfs/lib/errno.ts'
import { samples, uuid } from '../support/machine.ts'

interface Reply {
  readonly error: number
  readonly unique: bigint
  readonly body: Buffer
}

/** A server whose kernel is the test. */
class Kernel {
  readonly replies: Reply[] = []
  /** Codes of notifications. */
  readonly notices: number[] = []
  /** Whether the other thread sends nothing now, and what it was given meanwhile. */
  #behind = false
  #batches = 0
  #done = 0
  readonly waiting: Uint8Array[] = []
  readonly bench = samples('6.1')
  readonly server: Server
  #unique = 1n

  constructor() {
    const take = (bytes: Uint8Array) => {
      const message = new Message((bytes.length + 3) & ~3)
      message.bytes.set(bytes)
      if (message.u32(OUT_HEADER.len) !== bytes.length) throw new Error('a reply whose length is wrong')
      const unique = message.bigU64(OUT_HEADER.unique)
      const error = message.u32(OUT_HEADER.error) | 0
      if (unique === 0n) this.notices.push(error)
      else this.replies.push({ error, unique, body: message.bytes.subarray(OUT_HEADER.size, bytes.length) })
    }
    const outlet: Outlet = {
      send: (buffer, length) => take(buffer.subarray(0, length)),
      sendElsewhere: batch => {
        this.#batches++
        for (const message of messages(batch)) {
          if (this.#behind) this.waiting.push(message)
          else take(message)
        }
        if (!this.#behind) this.#done = this.#batches
      },
      batches: () => this.#batches,
      done: () => this.#done,
      woken() {},
    }
    this.server = new Server(this.bench.machine.kernel.root, outlet, new Complaints())
  }

  set behind(behind: boolean) {
    this.#behind = behind
    // one of somebody else's
    if (behind) this.#batches++
    else this.#done = this.#batches
  }

  /** Sends one request; its replies, and those of others that it caused. */
  send(opcode: number, nodeid: number, body: Uint8Array, unique = this.#unique++): Reply[] {
    const { request } = this.server
    const length = IN_HEADER.size + body.length
    request.zero(0, IN_HEADER.size)
    request.setU32(IN_HEADER.len, length)
    request.setU32(IN_HEADER.opcode, opcode)
    request.setBigU64(IN_HEADER.unique, unique)
    request.setU64(IN_HEADER.nodeid, nodeid)
    request.bytes.set(body, IN_HEADER.size)
    this.server.dispatch(length)
    return this.replies.splice(0)
  }

  /** Node id of a path. */
  lookup(path: string): number {
    let nodeid = 1
    for (const name of path.split('/').filter(part => part !== '')) {
      const [reply] = this.send(Opcode.LOOKUP, nodeid, Buffer.from(`${name}\0`, 'latin1'))
      if (reply!.error !== 0) throw new Error(`LOOKUP ${name}: ${reply!.error}`)
      nodeid = Number(reply!.body.readBigUInt64LE(0))
    }
    return nodeid
  }

  open(path: string, flags: number): bigint {
    const body = Buffer.alloc(8)
    body.writeUInt32LE(flags)
    const [reply] = this.send(Opcode.OPEN, this.lookup(path), body)
    if (reply!.error !== 0) throw new Error(`OPEN ${path}: ${reply!.error}`)
    return reply!.body.readBigUInt64LE(0)
  }

  write(handle: bigint, text: string, unique?: bigint): Reply[] {
    const body = Buffer.alloc(40 + text.length)
    body.writeBigUInt64LE(handle, 0)
    body.writeUInt32LE(text.length, 16)
    body.write(text, 40, 'latin1')
    return this.send(Opcode.WRITE, 0, body, unique)
  }
}

function handleBody(handle: bigint, size: number): Buffer {
  const body = Buffer.alloc(size)
  body.writeBigUInt64LE(handle)
  return body
}

const SILENT = new Set<number>([Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT])
const NAMES = new Set<number>(Object.values(ERRNO))

test('any bytes are answered exactly once, with an errno that exists, and nothing is thrown', t => {
  const kernel = new Kernel()
  // some nodes and handles that random numbers may hit
  for (const path of ['/sys/class/mdev_bus', '/sys/bus/mdev/uevent', '/dev/vfio/vfio']) kernel.lookup(path)
  kernel.open('/sys/bus/mdev/drivers_autoprobe', 2)
  let unique = 1000n
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 70 }),
      fc.integer({ min: 0, max: 20 }),
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.uint8Array({ maxLength: 200 }).map(bytes => bytes.fill(0, 0, 16)),
      ),
      (opcode, nodeid, body) => {
        // a write that waits is answered later
        const replies = kernel.send(opcode, nodeid, body, ++unique)
        if (SILENT.has(opcode)) {
          t.deepEqual(replies, [])
          return
        }
        t.is(replies.length, 1, `opcode ${opcode}`)
        t.is(replies[0]!.unique, unique)
        t.true(replies[0]!.error === 0 || NAMES.has(-replies[0]!.error), String(replies[0]!.error))
        if (replies[0]!.error !== 0) t.is(replies[0]!.body.length, 0)
      },
    ),
    { numRuns: 5000 },
  )
})

test('requests whose length is a lie are dropped or refused', t => {
  const { server, replies } = new Kernel()
  server.dispatch(0)
  server.dispatch(39)
  server.request.setU32(IN_HEADER.len, 100)
  server.dispatch(40)
  t.deepEqual(replies, [])
})

test('nodes are known as long as the kernel has references', t => {
  const kernel = new Kernel()
  const before = kernel.server.nodes.size
  const path = '/sys/class/mdev_bus/mtty'
  const nodeid = kernel.lookup(path)
  t.is(kernel.lookup(path), nodeid)
  t.is(kernel.server.nodes.size, before + 4)
  kernel.send(Opcode.FORGET, nodeid, handleBody(1n, 8))
  t.is(kernel.server.nodes.size, before + 4)
  kernel.send(Opcode.FORGET, nodeid, handleBody(1n, 8))
  t.is(kernel.server.nodes.size, before + 3)
  t.is(kernel.send(Opcode.GETATTR, nodeid, Buffer.alloc(16))[0]!.error, -ERRNO.EIO)
  kernel.send(Opcode.FORGET, 1, handleBody(100n, 8))
  t.is(kernel.send(Opcode.GETATTR, 1, Buffer.alloc(16))[0]!.error, 0, 'the root is never forgotten')
})

test('notifications come before the reply of the write that caused them', t => {
  const kernel = new Kernel()
  const type = '/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1'
  const create = kernel.open(`${type}/create`, 1)
  kernel.write(create, uuid(1))
  const device = `/sys/devices/virtual/mtty/mtty/${uuid(1)}`
  kernel.lookup(`${device}/power/control`)
  kernel.notices.length = 0
  const [reply] = kernel.write(kernel.open(`${device}/remove`, 1), '1')
  t.is(reply!.error, 0)
  // the names that were looked up: the device, power, control, remove; attributes of directories besides
  t.is(kernel.notices.filter(code => code === 3).length, 4)
})

test('INTERRUPT answers a writer that waits with EINTR, once; the removal goes on', t => {
  const kernel = new Kernel()
  const type = '/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1'
  kernel.write(kernel.open(`${type}/create`, 1), uuid(1))
  const group = kernel.open('/dev/vfio/0', 2)
  const remove = kernel.open(`/sys/devices/virtual/mtty/mtty/${uuid(1)}/remove`, 1)
  t.deepEqual(kernel.write(remove, '1', 777n), [], 'waits')
  t.deepEqual(kernel.send(Opcode.INTERRUPT, 0, handleBody(778n, 8)), [], 'somebody else')
  const [interrupted] = kernel.send(Opcode.INTERRUPT, 0, handleBody(777n, 8))
  t.like(interrupted, { error: -ERRNO.EINTR, unique: 777n })
  t.deepEqual(kernel.send(Opcode.INTERRUPT, 0, handleBody(777n, 8)), [])
  t.true(kernel.bench.machine.mdevBus.mdevs.has(uuid(1)))
  const released = kernel.send(Opcode.RELEASE, 0, handleBody(group, 24))
  t.is(released.length, 1, 'and not the write again')
  t.false(kernel.bench.machine.mdevBus.mdevs.has(uuid(1)))
})

test('a writer that waits is answered when the last user closes', t => {
  const kernel = new Kernel()
  const type = '/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1'
  kernel.write(kernel.open(`${type}/create`, 1), uuid(1))
  const group = kernel.open('/dev/vfio/0', 2)
  const remove = kernel.open(`/sys/devices/virtual/mtty/mtty/${uuid(1)}/remove`, 1)
  kernel.write(remove, '1\n', 777n)
  const answers = kernel.send(Opcode.RELEASE, 0, handleBody(group, 24))
  t.deepEqual(
    answers.map(({ error }) => error),
    [0, 0],
  )
  t.true(answers.some(({ unique, body }) => unique === 777n && body.readUInt32LE(0) === 2))
})

test('an ioctl on a directory reaches no file, whatever its handle is', t => {
  const kernel = new Kernel()
  const opened = kernel.server.files.get(Number(kernel.open('/dev/vfio/vfio', 2)))!
  const device = kernel.server.files.add({
    file: Object.assign(Object.create(opened.file), { ioctl: () => 7 }),
  })
  const body = handleBody(BigInt(device), 32)
  t.is(kernel.send(Opcode.IOCTL, 0, body)[0]!.body.readUInt32LE(0), 7)
  body.writeUInt32LE(IOCTL_DIR, 8)
  t.is(kernel.send(Opcode.IOCTL, kernel.lookup('/dev'), body)[0]!.error, -ERRNO.ENOTTY)
})

test('a file system that goes gives back what clients held', t => {
  const kernel = new Kernel()
  const type = '/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1'
  kernel.write(kernel.open(`${type}/create`, 1), uuid(1))
  kernel.open('/dev/vfio/0', 2)
  kernel.write(kernel.open(`/sys/devices/virtual/mtty/mtty/${uuid(1)}/remove`, 1), '1')
  kernel.server.release()
  t.false(kernel.bench.machine.mdevBus.mdevs.has(uuid(1)))
})

test('what may lead to a name follows the notifications of others; what the kernel holds locks for does not', t => {
  const kernel = new Kernel()
  const create = kernel.open('/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/create', 1)
  const link = kernel.lookup('/sys/class/mtty/mtty')
  kernel.behind = true
  t.deepEqual(kernel.write(create, uuid(1)), [])
  t.deepEqual(kernel.send(Opcode.READLINK, link, Buffer.alloc(0)), [])
  // the reply to each, behind what creating the mdev changed
  t.true(kernel.waiting.length >= 2)
  t.is(kernel.send(Opcode.LOOKUP, 1, Buffer.from('sys\0')).length, 1)
  kernel.behind = false
  t.is(kernel.write(create, uuid(2)).length, 1)
})

test('an id that a notification on its way may name is not used again before it arrived', t => {
  const kernel = new Kernel()
  const create = kernel.open('/sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/create', 1)
  const device = `/sys/devices/virtual/mtty/mtty/${uuid(1)}`
  const forget = (id: number) => {
    const body = Buffer.alloc(8)
    body.writeBigUInt64LE(1_000_000n)
    kernel.send(Opcode.FORGET, id, body)
  }
  kernel.write(create, uuid(1))
  const known = ['power/control', 'power', ''].map(name => kernel.lookup(`${device}/${name}`))
  const remove = kernel.open(`${device}/remove`, 1)
  kernel.behind = true
  kernel.write(remove, '1')
  for (const id of known) forget(id)
  const others = ['/dev/vfio/vfio', '/sys/bus/mdev/uevent', '/sys/bus/mdev/drivers_probe']
  const meanwhile = others.map(path => kernel.lookup(path))
  t.deepEqual(
    meanwhile.filter(id => known.includes(id)),
    [],
  )
  for (const id of meanwhile) forget(id)
  kernel.behind = false
  const later = others.map(path => kernel.lookup(path))
  t.true(later.some(id => known.includes(id) || meanwhile.includes(id)))
})
