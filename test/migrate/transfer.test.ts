import test from 'ava'
import fc from 'fast-check'
import { type Outcome, transfer } from '../../src/migrate/transfer.ts'
import { type Faults, GENERATIONS, type Generation, Host } from './machine.ts'

const MARK = 0x2a
const PATIENT = { downtime: 1000, preCopy: 20 }

for (const generation of GENERATIONS) {
  test(`${generation}: the target goes on where the source stood still`, async t => {
    const source = new Host({ generation })
    const target = new Host({ generation })
    source.mark = MARK
    const phases = new Set<string>()
    const outcome = await transfer(source.side, target.side, {
      ...PATIENT,
      onProgress: ({ phase }) => phases.add(phase),
    })
    t.like(outcome, { running: 'target', error: undefined })
    t.true(outcome.bytes > 64 * 1024)
    t.deepEqual([...phases], ['pre-copy', 'stop-and-copy'])
    t.is(target.mark, MARK)
    t.deepEqual([await source.runs(), await target.runs()], [false, true])
    source.close()
    target.close()
    t.deepEqual([await source.runs(), await target.runs()], [false, true], 'closing changes nothing')
  })

  test(`${generation}: whoever writes faster than he is read is stopped in the end`, async t => {
    const source = new Host({ generation, device: 'memory: 1MB, dirty_rate: 1TB' })
    const target = new Host({ generation, device: 'memory: 1MB' })
    const outcome = await transfer(source.side, target.side, {
      downtime: generation === 'v2' ? -1 : 0,
      preCopy: 30,
    })
    t.like(outcome, { running: 'target', converged: false })
  })

  test(`${generation}: a device of another size is refused, and the source goes on`, async t => {
    const source = new Host({ generation })
    const target = new Host({ generation, device: 'memory: 128KB' })
    const outcome = await transfer(source.side, target.side, PATIENT)
    t.is(outcome.running, 'source')
    t.regex(outcome.error!.message, /65536 bytes of memory, the device 131072/)
    target.close()
    t.deepEqual([await source.runs(), await target.runs()], [true, false])
  })

  test(`${generation}: who migrates may end at any time: the source goes on`, async t => {
    const source = new Host({ generation })
    const target = new Host({ generation })
    await target.side.startLoading()
    await source.side.startPreCopy()
    await target.side.write((await source.side.read())!.subarray(0, 100))
    await source.side.stopAndCopy()
    source.close()
    target.close()
    t.deepEqual([await source.runs(), await target.runs()], [true, false])
  })
}

/** Two machines, and what may go wrong. */
const scenario = fc.record({
  generation: fc.constantFrom(...GENERATIONS),
  source: fc.record<Faults>(
    { dies: fc.integer({ min: 0, max: 250 }), fails: fc.integer({ min: 1, max: 250 }), after: fc.boolean() },
    { requiredKeys: [] },
  ),
  target: fc.record<Faults>(
    { dies: fc.integer({ min: 0, max: 150 }), fails: fc.integer({ min: 1, max: 150 }), after: fc.boolean() },
    { requiredKeys: [] },
  ),
  cancel: fc.option(fc.integer({ min: 0, max: 400 })),
  refuses: fc.boolean(),
})

interface Ended extends Outcome {
  readonly source: Host
  readonly target: Host
}

async function migrate(each: typeof scenario extends fc.Arbitrary<infer T> ? T : never): Promise<Ended> {
  const cancel = new AbortController()
  let accesses = 0
  const onAccess = () => {
    if (accesses++ === each.cancel) cancel.abort(new Error('cancelled'))
  }
  const source = new Host(
    { generation: each.generation, device: 'memory: 128KB' },
    { ...each.source, onAccess },
  )
  const target = new Host(
    { generation: each.generation, device: each.refuses ? 'memory: 64KB' : 'memory: 128KB' },
    { ...each.target, onAccess },
  )
  source.mark = MARK
  const outcome = await transfer(source.side, target.side, { downtime: 0, preCopy: 2, signal: cancel.signal })
  // whoever migrates lets go of both
  source.close()
  target.close()
  return { ...outcome, source, target }
}

test('a thousand migrations that fail in all ways: never two sides run, and one does as long as its machine is there', async t => {
  const ends = { source: 0, target: 0, neither: 0 }
  await fc.assert(
    fc.asyncProperty(scenario, async each => {
      const { source, target, running, error } = await migrate(each)
      // a target that got nothing is any new device
      const runs = {
        source: source.alive && (await source.runs()),
        target: target.alive && (await target.runs()) && target.mark === MARK,
      }
      ends[running]++
      t.false(runs.source && runs.target, 'two run')
      t.is(running === 'target', error === undefined)
      if (running === 'neither') t.false(source.alive, 'the source could go on')
      // a machine may be gone a moment after it took over
      else if (running === 'source' ? source.alive : target.alive)
        t.true(runs[running], `${running} was said to run`)
      if (
        !each.refuses &&
        each.cancel === null &&
        each.source.fails === undefined &&
        source.alive &&
        target.alive
      )
        if (each.target.fails === undefined) t.is(running, 'target')
    }),
    { numRuns: 1000 },
  )
  t.log(ends)
  for (const count of Object.values(ends)) t.true(count > 20)
})

test('every single access may fail, once: one side runs, and it is the one that is said to', async t => {
  for (const generation of GENERATIONS satisfies readonly Generation[])
    for (const side of ['source', 'target'] as const)
      for (const after of [false, true])
        for (let fails = 1; fails <= 40; fails++) {
          const faults = { source: {}, target: {}, [side]: { fails, after } }
          const { source, target, running } = await migrate({
            generation,
            ...faults,
            cancel: null,
            refuses: false,
          })
          const runs = [await source.runs(), (await target.runs()) && target.mark === MARK]
          t.deepEqual(
            runs,
            [running === 'source', running === 'target'],
            `${generation} ${side} ${fails} ${after}`,
          )
        }
})
