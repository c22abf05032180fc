import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measure } from './server.ts'

/**
 * What 65,536 AP queues cost: mounting `ap-large`, `find` over all of them, writes to apmask that make half of them
 * change hands, before and after somebody looked at them, and the memory of the server at each step.
 * `node dist/bench/ap.js`
 */
await measure('ap-large', ({ sys, timed, find }) => {
  timed('list /sys/bus/ap/devices', () => readdirSync(join(sys, 'bus/ap/devices')))
  timed('apmask -0-127: 32,768 queues that nobody looked at', () =>
    writeFileSync(join(sys, 'bus/ap/apmask'), '-0-127'),
  )
  timed('find /sys/devices/ap', () => console.log(`${find('devices/ap')} names`))
  timed('the same again', () => find('devices/ap'))
  timed('apmask +0-127: 32,768 queues that find has looked at', () =>
    writeFileSync(join(sys, 'bus/ap/apmask'), '+0-127'),
  )
  timed('apmask -7: 256 queues', () => writeFileSync(join(sys, 'bus/ap/apmask'), '-7'))
  timed('aqmask -7: 255 queues', () => writeFileSync(join(sys, 'bus/ap/aqmask'), '-7'))
})
