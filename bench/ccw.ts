import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measure } from './server.ts'

/**
 * What four subchannel sets of 65,536 DASDs each cost: mounting `ccw-large` beside `ccw-small`, listing its subchannels,
 * looking at few of them, at one set and at all, and the memory of the server at each step. `node dist/bench/ccw.js`
 */
const SUBCHANNELS = 'bus/css/devices'

console.log('ccw-small')
await measure('ccw-small', ({ sys, timed }) => {
  timed('list /sys/bus/css/devices', () => readdirSync(join(sys, SUBCHANNELS)))
})

console.log('ccw-large')
await measure('ccw-large', ({ sys, timed, find }) => {
  const vary = (status: string) => writeFileSync(join(sys, 'devices/css0/chp0.40/status'), status)
  timed('list /sys/bus/css/devices', () => console.log(`${readdirSync(join(sys, SUBCHANNELS)).length} names`))
  timed('read vpm of 100 of them', () => {
    for (let i = 0; i < 100; i++) {
      const name = `0.2.${(i * 601).toString(16).padStart(4, '0')}`
      readFileSync(join(sys, SUBCHANNELS, name, 'vpm'))
    }
  })
  timed('vary a path off that leads to all of them', () => vary('offline'))
  timed('vary it on', () => vary('online'))
  timed('readlink of the 65,536 of one set', () =>
    find(SUBCHANNELS, '-maxdepth', '1', '-name', '0.1.*', '-lname', '*'),
  )
  timed('vary the path off, 65,636 of them looked at', () => vary('offline'))
  timed('readlink of all', () => find(SUBCHANNELS, '-maxdepth', '1', '-lname', '*'))
})
