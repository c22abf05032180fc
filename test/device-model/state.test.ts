import test from 'ava'
import fc from 'fast-check'
import { SparseMemory } from '../../src/device-model/memory.ts'
import { pciModel } from '../../src/device-model/pci.ts'
import { DeviceState } from '../../src/device-model/state.ts'
import { IORESOURCE_MEM } from '../../src/pci/resource.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'

const MEMORY = 16 * 4096
const identity = { vendor: 0x1af4, device: 0x10f5, subsystemVendor: 0, subsystemDevice: 0, class: 0x038000 }

function device(dirtyRate = 0, id = identity) {
  let now = 0
  const model = pciModel({ identity: id, bars: [{ flags: IORESOURCE_MEM, size: 2 ** 20 }] })
  return {
    bar: model.regions[0]!,
    config: model.regions[7]!,
    state: new DeviceState({ memory: MEMORY, dirtyRate }, model.regions, () => now),
    wait(milliseconds: number) {
      now += milliseconds
    },
  }
}

function whole(state: DeviceState): Buffer {
  state.running = false
  state.startSaving()
  return state.save(2 ** 24)
}

test('what is saved in pieces of any size is loaded in pieces of any other', t => {
  const writes = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 2 ** 20 - 64 }), fc.uint8Array({ minLength: 1, maxLength: 64 })),
    { maxLength: 8 },
  )
  const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(writes, fc.nat(5000), sizes, sizes, (changes, time, saved, loaded) => {
      const source = device(8192)
      const target = device()
      for (const [offset, bytes] of changes) source.bar.write!(offset, bytes)
      source.config.write!(0x3c, Buffer.of(7))
      source.state.startSaving()
      const pieces: Buffer[] = []
      source.wait(time)
      for (const size of saved) pieces.push(source.state.save(size))
      source.state.running = false
      for (let i = 0; ; i++) {
        const piece = source.state.save(saved[i % saved.length]!)
        if (piece.length === 0) break
        pieces.push(piece)
      }
      t.true(source.state.saved)
      t.deepEqual(source.state.pending(), { memory: 0, rest: 0 })
      const stream = Buffer.concat(pieces)
      target.state.running = false
      target.state.startLoading()
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = loaded[i % loaded.length]!
        target.state.load(stream.subarray(at, at + size))
        at += size
      }
      target.state.finishLoading()
      for (const [offset, bytes] of changes) {
        const now = Buffer.from(source.bar.read(offset, bytes.length))
        t.deepEqual(Buffer.from(target.bar.read(offset, bytes.length)), now)
      }
      t.is(target.config.read(0x3c, 1)[0], 7)
      // both are the same device now
      t.true(whole(target.state).equals(whole(source.state)))
    }),
    { numRuns: 100 },
  )
})

test('any bytes, and any change to a state: EINVAL, and nothing of it counts', t => {
  const source = device()
  source.bar.write!(5000, Buffer.from('bar'))
  const good = whole(source.state)
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
      const bytes = Buffer.from(good)
      bytes[at]! ^= change
      return bytes
    }),
    fc.nat(good.length - 1).map(length => good.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 50 }).map(more => Buffer.concat([good, more])),
  )
  fc.assert(
    fc.property(hostile, bytes => {
      const target = device()
      const before = whole(device().state)
      target.state.running = false
      target.state.startLoading()
      const error = t.throws(() => {
        target.state.load(bytes)
        target.state.finishLoading()
      })
      t.true(error instanceof Errno && error.code === 'EINVAL', String(error))
      target.state.stopLoading()
      t.true(whole(target.state).equals(before))
    }),
    { numRuns: 1000 },
  )
})

test('the state of another function is refused', t => {
  const target = device(0, { ...identity, device: 0x1234 })
  target.state.running = false
  target.state.startLoading()
  target.state.load(whole(device().state))
  t.throws(() => target.state.finishLoading(), { message: /region 7 does not take what the source has at 0/ })
})

test('a running device writes to its memory at its rate; one that stands still does not', t => {
  const { state, wait } = device(4 * 4096)
  state.startSaving()
  t.is(state.pending().memory, 16 * (4096 + 24))
  state.save(24 + 16 * (4096 + 24))
  t.is(state.pending().memory, 0)
  wait(500)
  t.is(state.pending().memory, 2 * (4096 + 24))
  wait(60_000)
  t.is(state.pending().memory, 16 * (4096 + 24), 'there is no more to write to')
  state.running = false
  state.save(2 ** 20)
  wait(1000)
  t.deepEqual(state.pending(), { memory: 0, rest: 0 })
})

test('only pages that were written to take space, and are saved', t => {
  const memory = new SparseMemory(2 ** 40)
  memory.write(2 ** 39 + 4094, Buffer.from('edge'))
  t.deepEqual(
    [...memory.contents()].map(({ offset, bytes }) => [offset, bytes.length]),
    [
      [2 ** 39, 4096],
      [2 ** 39 + 4096, 4096],
    ],
  )
})
