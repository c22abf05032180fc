import { spawnSync } from 'node:child_process'
import test from 'ava'
import { mdevfs, noMount } from '../support/processes.ts'

const FOLDER = '/etc/mdevctl.d'

const unavailable =
  noMount ?? (spawnSync('mdevctl', ['--version']).status === 0 ? undefined : 'mdevctl is not installed')
const mdevctlTest = unavailable === undefined ? test : test.skip
if (unavailable !== undefined) console.log(`mdevctl: skipped, ${unavailable}`)

const U1 = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
const U2 = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1002'

function define(uuid: string, adapter: number): string[] {
  return [
    `mdevctl define -u ${uuid} -p matrix -t vfio_ap-passthrough`,
    `mdevctl modify -u ${uuid} --addattr assign_adapter --value ${adapter}`,
    `mdevctl modify -u ${uuid} --addattr assign_domain --value 0x16`,
  ]
}

mdevctlTest(
  'a matrix is defined and started; another that wants the same queue fails and leaves nothing',
  async t => {
    const { stdout, stderr } = await mdevfs(
      'run',
      '--profile',
      'ap-small',
      '--',
      'sh',
      '-c',
      [
        'set -e',
        // in this mount namespace only
        `mount -t tmpfs tmpfs ${FOLDER}`,
        `mkdir -p ${FOLDER}/scripts.d/callouts ${FOLDER}/scripts.d/notifiers`,
        ...define(U1, 4),
        ...define(U2, 4),
        `mdevctl start -u ${U1}`,
        `cat /sys/bus/mdev/devices/${U1}/matrix`,
        `if mdevctl start -u ${U2}; then echo started; fi`,
        'ls /sys/bus/mdev/devices',
        'cat /sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/available_instances',
        `mdevctl stop -u ${U1}`,
        `mdevctl start -u ${U2}`,
        `cat /sys/bus/mdev/devices/${U2}/guest_matrix`,
      ].join('\n'),
    )
    t.is(stdout, `04.0016\n${U1}\n65535\n04.0016\n`)
    t.regex(stderr, /Address already in use|address in use|os error 98/i)
  },
)
