import { openVolume } from '../src/index.ts'

/**
 * What the volume of a machine with 65,536 AP queues costs: to open, to list, and to look at. `node --expose-gc
 * dist/bench/volume.js`
 */
const BUS = '/sys/bus/ap/devices'

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

function measure<T>(what: string, action: () => T): T {
  const before = heap()
  const start = performance.now()
  const result = action()
  const ms = performance.now() - start
  console.log(`${what}: ${ms.toFixed(1)} ms, ${(heap() - before).toFixed(1)} MiB kept`)
  return result
}

// code that is compiled on first use is not what is measured
openVolume({ profiles: ['mtty'] }).readdirSync('/sys')

const fs = measure('open', () => openVolume({ profiles: ['ap-large'] }))
const names = measure('list all names', () => fs.readdirSync(BUS) as string[])
console.log(`${names.length} names`)
measure('list all names with their types', () => fs.readdirSync(BUS, { withFileTypes: true }).length)
measure('read an attribute of one', () => fs.readFileSync(`${BUS}/${names.at(-1)}/ap_functions`, 'utf8'))
measure('read it again', () => fs.readFileSync(`${BUS}/${names.at(-1)}/ap_functions`, 'utf8'))
measure('follow 1,000 links', () => {
  for (const name of names.slice(0, 1000)) fs.realpathSync(`${BUS}/${name}`)
})
