import test from 'ava'
import fc from 'fast-check'
import type { DeviceModel } from '../../../src/device-model/model.ts'
import { DeviceState } from '../../../src/device-model/state.ts'
import { KABI_2018_INFO, Kabi2018, MigrationRegion2018 } from '../../../src/vfio/migration/kabi-2018.ts'
import type { TrappedRegion } from '../../../src/vfio/migration/trapped.ts'
import { MigrationRegionV1, V1_INFO } from '../../../src/vfio/migration/v1.ts'
import { MigrationV2, nextState, V2, V2_NAMES, V2Flag } from '../../../src/vfio/migration/v2.ts'
import { outcome } from '../../support/errno.ts'

const MEMORY = 8 * 4096
const deviceState = (regions: DeviceModel['regions'] = []) =>
  new DeviceState({ memory: MEMORY, dirtyRate: 0 }, regions, () => 0)

/** A whole state, as such a device writes it. */
const SAVED = (() => {
  const state = deviceState()
  state.startSaving()
  state.running = false
  return state.save(2 ** 20)
})()

function u32(region: TrappedRegion, offset: number): number {
  return Buffer.from(region.read(offset, 4)).readUInt32LE()
}

function u64(region: TrappedRegion, offset: number): number {
  return Number(Buffer.from(region.read(offset, 8)).readBigUInt64LE())
}

function put(region: TrappedRegion, offset: number, size: 4 | 8, value: number): string | number {
  const bytes = Buffer.alloc(size)
  if (size === 4) bytes.writeUInt32LE(value)
  else bytes.writeBigUInt64LE(BigInt(value))
  return outcome(() => {
    region.write(offset, bytes)
    return 'ok'
  }) as string
}

/** Puts a whole state into a region that resumes. */
function fill(region: TrappedRegion, sizeField: number): void {
  region.write(region.dataOffset, SAVED)
  put(region, sizeField, 8, SAVED.length)
}

/** Rows and columns: stop, running, stop-and-copy, pre-copy, resuming (migration-proposals, 6.2). */
const V1_TABLE: Readonly<Record<number, string>> = {
  1: 'ok same ok ok ok',
  3: 'ok ok ok same EINVAL',
  2: 'ok ok same EINVAL EINVAL',
  0: 'same ok ok EINVAL ok',
  4: 'ok ok EINVAL EINVAL same',
  6: 'EIO EIO EIO EIO EIO',
}
const V1_COLUMNS = [0b000, 0b001, 0b010, 0b011, 0b100]
const V1_WAYS: Readonly<Record<number, readonly number[]>> = {
  1: [],
  3: [0b011],
  2: [0b010],
  0: [0b000],
  4: [0b100],
  6: [0b100],
}

function v1At(state: number): MigrationRegionV1 {
  const region = new MigrationRegionV1(deviceState(), 2 ** 20)
  for (const step of V1_WAYS[state]!) put(region, V1_INFO.deviceState, 4, step)
  if (state === 0b100) fill(region, V1_INFO.dataSize)
  if (state === 0b110) {
    region.write(region.dataOffset, Buffer.from('nonsense'))
    put(region, V1_INFO.dataSize, 8, 8)
  }
  return region
}

test('Linux 5.8: each state and each that is written to it', t => {
  for (const [from, row] of Object.entries(V1_TABLE)) {
    for (const [i, expected] of row.split(' ').entries()) {
      const region = v1At(Number(from))
      t.is(u32(region, V1_INFO.deviceState), Number(from))
      const to = V1_COLUMNS[i]!
      const answer = put(region, V1_INFO.deviceState, 4, to)
      t.is(answer, expected === 'same' ? 'ok' : expected, `${from} to ${to}`)
      t.is(u32(region, V1_INFO.deviceState), answer === 'ok' ? to : Number(from))
    }
    // 101, 110 and 111 are no states that can be asked for
    for (const to of [0b101, 0b110, 0b111])
      t.not(put(v1At(Number(from)), V1_INFO.deviceState, 4, to), 'ok', `${from} to ${to}`)
  }
})

/** What each access says in each state: pending, offset, size to read; size to write. */
const V1_ACTIONS: Readonly<Record<number, string>> = {
  1: '0 4096 0 EINVAL',
  3: 'some 4096 some EINVAL',
  2: 'some 4096 some EINVAL',
  0: '0 4096 0 EINVAL',
  4: '0 4096 0 ok',
  6: '0 4096 0 EINVAL',
}

test('Linux 5.8: each state and each field', t => {
  for (const [from, expected] of Object.entries(V1_ACTIONS)) {
    const region = v1At(Number(from))
    const some = (value: number) => (value > 4096 ? 'some' : String(value))
    const said = [
      some(u64(region, V1_INFO.pendingBytes)),
      u64(region, V1_INFO.dataOffset),
      some(u64(region, V1_INFO.dataSize)),
      put(region, V1_INFO.dataSize, 8, 0),
    ]
    t.is(said.join(' '), expected, from)
    t.is(u32(region, V1_INFO.deviceState), Number(from), 'no field but the state changes the state')
  }
})

test('Linux 5.8: what was half loaded does not run, other bits are kept, a reset leads out of everything', t => {
  const region = v1At(0b000)
  put(region, V1_INFO.deviceState, 4, 0b100)
  t.is(put(region, V1_INFO.deviceState, 4, 0b001), 'EINVAL')
  t.is(u32(region, V1_INFO.deviceState), 0b100)
  t.is(put(region, V1_INFO.deviceState, 4, 0xfffffff8 + 0b100), 'ok')
  t.is(u32(region, V1_INFO.deviceState), 0xfffffffc)
  for (const from of Object.keys(V1_TABLE)) {
    const each = v1At(Number(from))
    each.reset()
    t.is(u32(each, V1_INFO.deviceState), 0b001)
  }
})

test('Linux 5.8: 32 bytes of fields, each at its own width, and the section behind them', t => {
  const region = v1At(0b001)
  const widths: Readonly<Record<number, number>> = { 0: 4, 4: 4, 8: 8, 16: 8, 24: 8 }
  for (let offset = 0; offset < 40; offset++)
    for (const width of [1, 2, 4, 8, 16])
      t.is(
        outcome(() => region.read(offset, width).length),
        widths[offset] === width ? width : 'EINVAL',
        `${width} at ${offset}`,
      )
  t.is(put(region, V1_INFO.pendingBytes, 8, 1), 'EINVAL', 'read only')
  t.is(put(region, V1_INFO.reserved, 4, 7), 'ok')
  t.is(u32(region, V1_INFO.reserved), 0)
  t.is(u64(region, V1_INFO.dataOffset) % 4096, 0)
  t.is(put(region, V1_INFO.dataSize, 8, 1), 'EINVAL', 'it does not resume')
  const resuming = v1At(0b000)
  put(resuming, V1_INFO.deviceState, 4, 0b100)
  t.is(put(resuming, V1_INFO.dataSize, 8, 2 ** 20 + 1), 'EINVAL', 'larger than the section')
})

test('Linux 5.8: data is offered until the next look at what is pending', t => {
  const region = v1At(0b010)
  t.is(u64(region, V1_INFO.pendingBytes), SAVED.length)
  t.is(u64(region, V1_INFO.dataSize), 0, 'nothing is there before the offset was asked for')
  const offset = u64(region, V1_INFO.dataOffset)
  t.is(u64(region, V1_INFO.dataOffset), offset)
  t.is(u64(region, V1_INFO.dataSize), SAVED.length)
  t.deepEqual(Buffer.from(region.read(offset, SAVED.length)), SAVED)
  t.is(u64(region, V1_INFO.pendingBytes), 0)
  t.is(u64(region, V1_INFO.dataSize), 0)
})

const {
  NONE,
  RUNNING,
  SETUP,
  PRECOPY,
  STOPNCOPY,
  SAVE_COMPLETED,
  RESUME,
  RESUME_COMPLETED,
  FAILED,
  CANCELLED,
} = Kabi2018
/** How to get there, and where one gets from there (migration-proposals, 6.1). */
const KABI_TABLE: readonly (readonly [state: number, way: readonly number[], to: readonly number[]])[] = [
  [RUNNING, [], [SETUP, RESUME]],
  [SETUP, [SETUP], [PRECOPY, STOPNCOPY, CANCELLED, FAILED]],
  [PRECOPY, [SETUP, PRECOPY], [STOPNCOPY, CANCELLED, FAILED]],
  [STOPNCOPY, [SETUP, STOPNCOPY], [SAVE_COMPLETED, CANCELLED, FAILED]],
  [SAVE_COMPLETED, [SETUP, STOPNCOPY, SAVE_COMPLETED], [RUNNING]],
  [RESUME, [RESUME], [RESUME_COMPLETED, CANCELLED, FAILED]],
  [RESUME_COMPLETED, [RESUME, RESUME_COMPLETED], [RUNNING]],
  [CANCELLED, [SETUP, CANCELLED], [RUNNING]],
  [FAILED, [SETUP, FAILED], [RUNNING]],
]

function kabiAt(way: readonly number[]): MigrationRegion2018 {
  const region = new MigrationRegion2018(deviceState(), 2 ** 20)
  for (const step of way) {
    put(region, KABI_2018_INFO.deviceState, 4, step)
    if (step === RESUME) fill(region, KABI_2018_INFO.dataSize)
  }
  return region
}

test('November 2018: each state and each that is written to it', t => {
  for (const [from, way, targets] of KABI_TABLE) {
    for (let to = NONE; to <= 10; to++) {
      const region = kabiAt(way)
      t.is(u32(region, KABI_2018_INFO.deviceState), from)
      const fits = to === from || targets.includes(to)
      t.is(put(region, KABI_2018_INFO.deviceState, 4, to), fits ? 'ok' : 'EINVAL', `${from} to ${to}`)
      t.is(u32(region, KABI_2018_INFO.deviceState), fits ? to : from)
    }
  }
})

/** What each access says in each state: compatible, postcopy_only; data.size once its offset was read; to write it. */
const KABI_ACTIONS: readonly (readonly [way: readonly number[], said: string])[] = [
  [[], '0 0 0 EINVAL'],
  [[SETUP], '0 0 0 EINVAL'],
  [[SETUP, PRECOPY], 'some some some EINVAL'],
  [[SETUP, STOPNCOPY], 'some some some EINVAL'],
  [[SETUP, STOPNCOPY, SAVE_COMPLETED], '0 0 0 EINVAL'],
  [[RESUME], '0 0 0 ok'],
  [[RESUME, RESUME_COMPLETED], '0 0 0 EINVAL'],
  [[SETUP, CANCELLED], '0 0 0 EINVAL'],
  [[SETUP, FAILED], '0 0 0 EINVAL'],
]

test('November 2018: each state and each action', t => {
  for (const [way, expected] of KABI_ACTIONS) {
    const region = kabiAt(way)
    const some = (value: number) => (value > 0 ? 'some' : '0')
    const { compatible, postcopyOnly, dataOffset, dataSize } = KABI_2018_INFO
    const said: string[] = [compatible, postcopyOnly].map(field => some(u64(region, field)))
    t.is(u64(region, dataOffset), 4096)
    said.push(some(u64(region, dataSize)), String(put(region, dataSize, 8, 0)))
    t.is(said.join(' '), expected, way.join())
  }
})

test('November 2018: fields at 0, 4, ..., 68, 76 bytes in all', t => {
  const region = kabiAt([])
  t.deepEqual(Object.values(KABI_2018_INFO), [0, 4, 12, 20, 28, 36, 44, 52, 60, 68, 76])
  const reads = [4, 12, 20, 28, 36, 44, 68]
  for (let offset = 0; offset < 80; offset++)
    for (const width of [1, 2, 4, 8]) {
      const fits = offset === 0 ? width === 4 : width === 8 && reads.includes(offset)
      t.is(
        outcome(() => region.read(offset, width).length),
        fits ? width : 'EINVAL',
        `${width} at ${offset}`,
      )
    }
  t.is(put(region, KABI_2018_INFO.compatible, 8, 1), 'EINVAL')
  t.is(put(region, KABI_2018_INFO.threshold, 8, 4096), 'ok')
})

test('November 2018: which pages the device wrote to, once', t => {
  let now = 0
  // eight pages a second
  const state = new DeviceState({ memory: MEMORY, dirtyRate: MEMORY }, [], () => now)
  const region = new MigrationRegion2018(state, 4096)
  const ask = (start: number, total: number) => {
    put(region, KABI_2018_INFO.dirtyStart, 8, start)
    put(region, KABI_2018_INFO.dirtyTotal, 8, total)
    t.is(u64(region, KABI_2018_INFO.dirtyCopied), total)
    return [...region.read(region.dataOffset, Math.ceil(total / 8))]
  }
  t.deepEqual(ask(0, 8), [0])
  now = 1000
  t.deepEqual(ask(0, 4), [0x0f])
  t.deepEqual(ask(2, 10), [0x3c, 0], 'four of the rest, behind two that were told')
  t.deepEqual(ask(0, 8), [0])
})

/** The whole way, without where it begins. */
function route(flags: number, from: number, to: number): number[] {
  const states: number[] = []
  for (let at = from; at !== to; states.push(at)) at = nextState(flags, at, to)
  return states
}

/** Routes of vfio_mig_get_next_state(), by what is asked for (migration-proposals, 6.3). */
const ROUTES: readonly (readonly [ask: string, stopCopyOnly: string, all: string])[] = [
  ['RUNNING STOP', 'STOP', 'RUNNING_P2P STOP'],
  ['RUNNING STOP_COPY', 'STOP STOP_COPY', 'RUNNING_P2P STOP STOP_COPY'],
  ['RUNNING RESUMING', 'STOP RESUMING', 'RUNNING_P2P STOP RESUMING'],
  ['RUNNING PRE_COPY', 'EINVAL', 'PRE_COPY'],
  ['RUNNING PRE_COPY_P2P', 'EINVAL', 'RUNNING_P2P PRE_COPY_P2P'],
  ['STOP RUNNING', 'RUNNING', 'RUNNING_P2P RUNNING'],
  ['STOP PRE_COPY', 'EINVAL', 'RUNNING_P2P RUNNING PRE_COPY'],
  ['STOP STOP_COPY', 'STOP_COPY', 'STOP_COPY'],
  ['STOP RESUMING', 'RESUMING', 'RESUMING'],
  ['STOP_COPY STOP', 'STOP', 'STOP'],
  ['STOP_COPY RUNNING', 'STOP RUNNING', 'STOP RUNNING_P2P RUNNING'],
  ['STOP_COPY RESUMING', 'STOP RESUMING', 'STOP RESUMING'],
  ['STOP_COPY PRE_COPY', 'EINVAL', 'EINVAL'],
  ['STOP_COPY PRE_COPY_P2P', 'EINVAL', 'EINVAL'],
  ['RESUMING STOP', 'STOP', 'STOP'],
  ['RESUMING RUNNING', 'STOP RUNNING', 'STOP RUNNING_P2P RUNNING'],
  ['RESUMING STOP_COPY', 'STOP STOP_COPY', 'STOP STOP_COPY'],
  ['PRE_COPY STOP_COPY', 'EINVAL', 'PRE_COPY_P2P STOP_COPY'],
  ['PRE_COPY RUNNING', 'EINVAL', 'RUNNING'],
  ['PRE_COPY STOP', 'EINVAL', 'RUNNING RUNNING_P2P STOP'],
  ['PRE_COPY RESUMING', 'EINVAL', 'RUNNING RUNNING_P2P STOP RESUMING'],
  ['PRE_COPY PRE_COPY_P2P', 'EINVAL', 'PRE_COPY_P2P'],
  ['PRE_COPY_P2P PRE_COPY', 'EINVAL', 'PRE_COPY'],
  ['PRE_COPY_P2P STOP_COPY', 'EINVAL', 'STOP_COPY'],
  ['PRE_COPY_P2P RUNNING_P2P', 'EINVAL', 'RUNNING_P2P'],
  ['PRE_COPY_P2P STOP', 'EINVAL', 'RUNNING_P2P STOP'],
  ['RUNNING_P2P RUNNING', 'EINVAL', 'RUNNING'],
  ['RUNNING_P2P STOP', 'EINVAL', 'STOP'],
  ['RUNNING_P2P PRE_COPY_P2P', 'EINVAL', 'PRE_COPY_P2P'],
  ['RUNNING_P2P PRE_COPY', 'EINVAL', 'RUNNING PRE_COPY'],
]

test('Linux 5.18: the way from each state to each', t => {
  const ALL = V2Flag.STOP_COPY | V2Flag.P2P | V2Flag.PRE_COPY
  const way = (flags: number, from: number, to: number) =>
    outcome(() =>
      route(flags, from, to)
        .map(state => V2_NAMES[state])
        .join(' '),
    )
  for (const [ask, some, all] of ROUTES) {
    const [from, to] = ask.split(' ').map(name => V2[name as keyof typeof V2])
    t.is(way(V2Flag.STOP_COPY, from!, to!), some, ask)
    t.is(way(ALL, from!, to!), all, ask)
  }
  t.is(way(V2Flag.STOP_COPY | V2Flag.PRE_COPY, V2.PRE_COPY, V2.STOP_COPY), 'STOP_COPY')
  for (let state = 0; state < 8; state++) {
    t.is(
      outcome(() => nextState(ALL, V2.ERROR, state)),
      'EINVAL',
    )
    t.is(
      outcome(() => nextState(ALL, state, V2.ERROR)),
      'EINVAL',
    )
    t.is(
      outcome(() => nextState(ALL, state, 8)),
      'EINVAL',
    )
    t.is(way(ALL, state, state), '', 'nothing happens')
  }
})

/** Single steps that the header lists (include/uapi/linux/vfio.h), with the flags that a device needs for them. */
const ARCS = new Set(
  [
    'RUNNING RUNNING_P2P|RUNNING_P2P RUNNING|RUNNING_P2P STOP|STOP RUNNING_P2P|STOP STOP_COPY|STOP_COPY STOP',
    'STOP RESUMING|RESUMING STOP|RUNNING PRE_COPY|PRE_COPY RUNNING|RUNNING_P2P PRE_COPY_P2P|PRE_COPY_P2P RUNNING_P2P',
    'PRE_COPY PRE_COPY_P2P|PRE_COPY_P2P PRE_COPY|PRE_COPY_P2P STOP_COPY',
    // without the states of P2P
    'RUNNING STOP|STOP RUNNING|PRE_COPY STOP_COPY',
  ].flatMap(line => line.split('|')),
)

test('Linux 5.18: every way there is is made of single steps that the header lists', t => {
  for (let flags = 1; flags < 8; flags += 2)
    for (let from = 1; from < 8; from++)
      for (let to = 1; to < 8; to++) {
        const states = outcome(() => route(flags, from, to))
        if (!Array.isArray(states)) {
          t.is(states, 'EINVAL')
          continue
        }
        let at = from
        for (const next of states) {
          t.true(
            ARCS.has(`${V2_NAMES[at]} ${V2_NAMES[next]}`),
            `${flags}: ${V2_NAMES[at]} to ${V2_NAMES[next]}`,
          )
          at = next
        }
        t.is(at, to)
      }
})

test('Linux 5.18: where a stream begins and ends', t => {
  const ALL = V2Flag.STOP_COPY | V2Flag.P2P | V2Flag.PRE_COPY
  const opens = (...states: number[]) => {
    const migration = new MigrationV2(deviceState(), ALL)
    return states.map(state => migration.setState(state))
  }
  t.deepEqual(opens(V2.PRE_COPY, V2.PRE_COPY_P2P, V2.STOP_COPY, V2.STOP), [true, false, false, false])
  t.deepEqual(opens(V2.RUNNING_P2P, V2.PRE_COPY_P2P), [false, true])
  t.deepEqual(opens(V2.STOP_COPY, V2.RUNNING), [true, false])
  t.deepEqual(opens(V2.STOP, V2.RESUMING), [false, true])

  const source = new MigrationV2(deviceState(), ALL)
  const data = (migration: MigrationV2, offset = 0) =>
    outcome(() => migration.readData(offset, 2 ** 20).length)
  t.is(data(source), 'ENODEV')
  source.setState(V2.PRE_COPY)
  t.is(source.stopCopyLength, SAVED.length)
  const first = source.readData(0, 2 ** 20)
  t.is(data(source, 1), 'ESPIPE')
  t.is(data(source, first.length), 'ENOMSG')
  source.setState(V2.STOP_COPY)
  const rest = source.readData(first.length, 2 ** 20)
  t.is(data(source, SAVED.length), 0)
  source.setState(V2.STOP)
  t.is(data(source, SAVED.length), 'ENODEV')

  const target = new MigrationV2(deviceState(), ALL)
  t.is(
    outcome(() => target.writeData(0, first)),
    'ENODEV',
  )
  target.setState(V2.RESUMING)
  target.writeData(0, first)
  t.is(
    outcome(() => target.setState(V2.RUNNING)),
    'EINVAL',
    'something is missing',
  )
  t.is(target.state, V2.RESUMING)
  target.writeData(first.length, rest)
  target.setState(V2.RUNNING)
  t.is(target.state, V2.RUNNING)
})

test('any access to a region is answered, or refused with an errno', t => {
  const access = fc.record({
    offset: fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 4090, max: 4096 + 8192 - 1 })),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 16 }),
      fc.integer({ min: 0, max: 10 }).map(value => Uint8Array.of(value, 0, 0, 0)),
      fc
        .integer({ min: 0, max: 9000 })
        .map(value => Uint8Array.of(value & 255, value >> 8, 0, 0, 0, 0, 0, 0)),
    ),
    write: fc.boolean(),
  })
  for (const Region of [MigrationRegionV1, MigrationRegion2018])
    fc.assert(
      fc.property(fc.array(access, { maxLength: 60 }), accesses => {
        const region = new Region(deviceState(), 8192)
        for (const { offset, bytes, write } of accesses) {
          const length = Math.min(bytes.length, region.size - offset)
          const answer = outcome(() =>
            write ? region.write(offset, bytes.subarray(0, length)) : region.read(offset, length).length,
          )
          t.true(
            answer === undefined || answer === length || answer === 'EINVAL' || answer === 'EIO',
            String(answer),
          )
        }
        region.reset()
        t.is(u32(region, 0), 1)
      }),
      { numRuns: 300 },
    )
})
