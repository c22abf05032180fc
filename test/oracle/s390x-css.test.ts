import { fileURLToPath } from 'node:url'
import test from 'ava'
import { noOracle, oracle } from './oracle.ts'

const GUEST = fileURLToPath(new URL('../../../test/profiles/oracle-s390x.yaml', import.meta.url))

const unavailable = noOracle()
const oracleTest = unavailable === undefined ? test.serial : test.serial.skip
if (unavailable !== undefined) console.log(`oracle: skipped, ${unavailable}`)

const NETWORK = 'networks and disks are no part of the machine, so nothing is below their virtio devices'

oracleTest('Linux 6.12 on s390x, css: ccw devices, channel paths, cio_ignore, vfio_ccw and its mdevs', t =>
  oracle(t, {
    script: 's390x-css',
    recorded: 's390x-6.12-css',
    profiles: [GUEST],
    kernel: '6.12',
    uevents: true,
    // a /proc without these files can not have them either
    moved: { from: '/proc/cio_', to: '$MDEVFS_PROC/cio_' },
    expected: [
      {
        reason: `${NETWORK}: directories that hold them`,
        kernel: /^([+ ] ?\S*\/0\.0\.(?:1000|1001|2000|2001)\/virtio[0-9] {2}d 0755) nlink=3 /,
        got: /\/virtio[0-9] {2}d 0755 nlink=2 /,
      },
      {
        reason: `${NETWORK}: what is in them`,
        op: /^tree \/sys\/devices\/css0$/,
        kernel: /\/virtio[0-9]\/(net|block)(\/| )/,
      },
      {
        reason: `${NETWORK}: how much is in them`,
        kernel: /^[+-] {5}\(and (?:91|101) entries below /,
        got: /^[+-] {5}\(and (?:8|18) entries below /,
      },
      {
        reason: `${NETWORK}: their events`,
        kernel: /^! uevent "\w+@\/devices\/css0\/\S+\/virtio2\/net\//,
        sometimes: true,
      },
      {
        reason: 'what the kernel sends to a device by itself is not counted, since nothing is sent',
        op: /cmb_enable "x"$/,
        kernel: /\/cmf\/ssch_rsch_count /,
      },
    ],
  }),
)
