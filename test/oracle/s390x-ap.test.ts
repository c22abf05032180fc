import { fileURLToPath } from 'node:url'
import test from 'ava'
import { noOracle, oracle } from './oracle.ts'

const HOST = fileURLToPath(new URL('../../../test/profiles/oracle-ap.yaml', import.meta.url))

const unavailable = noOracle()
const oracleTest = unavailable === undefined ? test.serial : test.serial.skip
if (unavailable !== undefined) console.log(`oracle: skipped, ${unavailable}`)

oracleTest('Linux 6.12 on s390x, AP: masks, queues that change hands, matrix mdevs, cards', t =>
  oracle(t, {
    script: 's390x-ap',
    recorded: 's390x-6.12-ap',
    profiles: [HOST],
    kernel: '6.12',
    uevents: true,
    expected: [
      {
        reason: 'a reset takes 40 ms at least, and a busy machine may read later than that',
        op: /^cat \/sys\/devices\/ap\/card04\/04\.0004\/reset$/,
        kernel: /^= 19 "Reset in progress\.\\n"$/,
        got: '= 20 "No Reset Timer set.\\n"',
        sometimes: true,
      },
    ],
  }),
)
