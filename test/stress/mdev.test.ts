import { type ChildProcess, fork } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { Holdings } from '../../src/fuse/index.ts'
import { noMount } from '../support/processes.ts'
import { serveElsewhere } from '../support/served.ts'
import { expectedInstances } from './machine.ts'
import type { Orders, Report } from './worker.ts'

const WORKERS = 8
const ROUNDS = Number(process.env['ROUNDS'] ?? 500)
/** Of each process in each round. */
const OPERATIONS = 4
const seed = process.env['SEED'] ?? String(Date.now() % 1e6)

const unavailable = noMount
const stressTest = unavailable === undefined ? test : test.skip
if (unavailable !== undefined) console.log(`stress: skipped, ${unavailable}`)

/** What available_instances of each type reads. */
function readInstances(root: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const parent of readdirSync(`${root}/sys/class/mdev_bus`)) {
    const types = `${root}/sys/class/mdev_bus/${parent}/mdev_supported_types`
    for (const type of readdirSync(types))
      counts[`${parent}/${type}`] = Number(readFileSync(`${types}/${type}/available_instances`, 'latin1'))
  }
  return counts
}

/** Looks at every name, so that the kernel holds all there is to hold; returns how many there are. */
function walk(path: string): number {
  let names = 1
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = `${path}/${entry.name}`
    lstatSync(below)
    names += entry.isDirectory() ? walk(below) : 1
  }
  return names
}

function exchange(worker: ChildProcess, orders: Orders): Promise<Report> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process ended with ${code}`))
    worker.once('exit', ended)
    worker.once('message', (report: Report) => {
      worker.off('exit', ended)
      resolve(report)
    })
    worker.send(orders)
  })
}

stressTest(`${WORKERS} processes create, look and remove at random, seed ${seed}`, async t => {
  t.timeout(5 * 60_000)
  const served = await serveElsewhere({
    module: new URL('./tree.js', import.meta.url).href,
    options: undefined,
  })
  const root = served.mountpoint
  const workers = Array.from({ length: WORKERS }, (_, i) =>
    fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [root, String(i + 1), seed]),
  )
  try {
    const names = walk(root)
    const { nodes } = (await served.command(undefined)) as Holdings

    let reports: Report[] = []
    const round = async (operations: number) => {
      const gone = reports.flatMap(({ removed }) => removed)
      reports = await Promise.all(workers.map(worker => exchange(worker, { operations, gone })))
      t.deepEqual(
        reports.flatMap(({ problems }) => problems),
        [],
      )
      const mdevs = reports.flatMap(({ mine }) => mine)
      t.deepEqual(readdirSync(`${root}/sys/bus/mdev/devices`).sort(), mdevs.map(({ uuid }) => uuid).sort())
      t.deepEqual(readInstances(root), expectedInstances(mdevs))
    }
    for (let i = 0; i < ROUNDS; i++) await round(OPERATIONS)
    await round(0)
    const sum = (key: 'created' | 'refused') => reports.reduce((total, report) => total + report[key], 0)
    t.log(`${sum('created')} created, ${sum('refused')} refused for lack of room`)

    t.deepEqual(readInstances(root), expectedInstances([]))
    t.deepEqual(readdirSync(`${root}/dev/vfio`), ['vfio'])
    t.deepEqual(readdirSync(`${root}/sys/kernel/iommu_groups`).length, 1, 'the group of the graphics card')
    t.is(walk(root), names)
    // the kernel forgets and releases in its own time
    let holdings: Holdings
    for (let i = 0; ; i++) {
      holdings = (await served.command(undefined)) as Holdings
      if ((holdings.nodes === nodes && holdings.files === 0 && holdings.directories === 0) || i === 100) break
      await sleep(50)
    }
    t.deepEqual(holdings, { nodes, files: 0, directories: 0 })
  } finally {
    for (const worker of workers) worker.kill('SIGKILL')
    await served.close()
  }
})
