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

/** Runs a shell script on a machine, with no definitions of mdevs at first. Fails with the first command that fails. */
function script(profile: string, ...lines: string[]) {
  const prepare = [
    'set -e',
    // in this mount namespace only
    `mount -t tmpfs tmpfs ${FOLDER}`,
    `mkdir -p ${FOLDER}/scripts.d/callouts ${FOLDER}/scripts.d/notifiers`,
  ]
  return mdevfs('run', '--profile', profile, '--', 'sh', '-c', [...prepare, ...lines].join('\n'))
}

const PARENTS = [
  { profile: 'mtty', parent: 'mtty', type: 'mtty-2', before: 12, after: 11 },
  { profile: 'gvtg-kabylake', parent: '0000:00:02.0', type: 'i915-GVTg_V5_4', before: 5, after: 4 },
] as const

mdevctlTest('types of mtty', async t => {
  const { stdout, stderr } = await script('mtty', 'mdevctl types')
  t.is(stderr, '')
  t.is(
    stdout.trim(),
    `mtty
  mtty-1
    Available instances: 24
    Device API: vfio-pci
    Name: Single port serial
  mtty-2
    Available instances: 12
    Device API: vfio-pci
    Name: Dual port serial`,
  )
})

mdevctlTest('types of GVT-g', async t => {
  const { stdout, stderr } = await script('gvtg-kabylake', 'mdevctl types')
  t.is(stderr, '')
  t.is(
    stdout.trim(),
    `0000:00:02.0
  i915-GVTg_V5_1
    Available instances: 1
    Device API: vfio-pci
    Name: GVTg_V5_1
    Description: low_gm_size: 512MB, high_gm_size: 2048MB, fence: 4, resolution: 1920x1200, weight: 16
  i915-GVTg_V5_2
    Available instances: 2
    Device API: vfio-pci
    Name: GVTg_V5_2
    Description: low_gm_size: 256MB, high_gm_size: 1024MB, fence: 4, resolution: 1920x1200, weight: 8
  i915-GVTg_V5_4
    Available instances: 5
    Device API: vfio-pci
    Name: GVTg_V5_4
    Description: low_gm_size: 128MB, high_gm_size: 512MB, fence: 4, resolution: 1920x1200, weight: 4
  i915-GVTg_V5_8
    Available instances: 7
    Device API: vfio-pci
    Name: GVTg_V5_8
    Description: low_gm_size: 64MB, high_gm_size: 384MB, fence: 4, resolution: 1024x768, weight: 2`,
  )
})

for (const { profile, parent, type, before, after } of PARENTS) {
  mdevctlTest(`define, start and stop on ${profile}`, async t => {
    const count = `cat /sys/class/mdev_bus/${parent}/mdev_supported_types/${type}/available_instances`
    const { stdout, stderr, code } = await script(
      profile,
      `mdevctl define -u ${U1} -p ${parent} -t ${type}`,
      'mdevctl list -d',
      count,
      `mdevctl start -u ${U1}`,
      'mdevctl list',
      count,
      `mdevctl stop -u ${U1}`,
      'mdevctl list',
      count,
      `mdevctl undefine -u ${U1}`,
      'mdevctl list -d',
    )
    t.is(stderr, '')
    t.is(code, 0)
    t.deepEqual(stdout.split('\n').filter(Boolean), [
      `${U1} ${parent} ${type} manual`,
      `${before}`,
      `${U1} ${parent} ${type} manual (defined)`,
      `${after}`,
      `${before}`,
    ])
  })

  mdevctlTest(`start-parent-mdevs on ${profile} starts those that are to start by themselves`, async t => {
    const { stdout, stderr, code } = await script(
      profile,
      `mdevctl define -u ${U1} -p ${parent} -t ${type} --auto`,
      `mdevctl define -u ${U2} -p ${parent} -t ${type}`,
      `mdevctl start-parent-mdevs ${parent}`,
      'mdevctl list',
    )
    t.is(stderr, '')
    t.is(code, 0)
    t.is(stdout.trim(), `${U1} ${parent} ${type} auto (defined)`)
  })

  mdevctlTest(`no more than there are on ${profile}`, async t => {
    const { stdout, code } = await script(
      profile,
      `for i in $(seq ${before}); do mdevctl start -u $(printf ${U1.slice(0, -2)}%02d $i) -p ${parent} -t ${type}; done`,
      'mdevctl list | grep -c .',
      `if mdevctl start -u ${U1.slice(0, -2)}99 -p ${parent} -t ${type} 2>&1; then echo started; fi`,
      `mdevctl stop -u ${U1.slice(0, -2)}01`,
      `mdevctl start -u ${U1.slice(0, -2)}99 -p ${parent} -t ${type}`,
      'mdevctl list | grep -c .',
    )
    t.is(code, 0)
    const [full, refusal, again] = stdout.split('\n')
    t.is(full, `${before}`)
    t.regex(refusal!, /^Error: .*instances/)
    t.is(again, `${before}`)
  })
}

mdevctlTest('attributes are written when the mdev starts, and shown', async t => {
  const path = `/sys/bus/mdev/devices/${U1}/power/control`
  const { stdout, stderr, code } = await script(
    'mtty',
    `mdevctl define -u ${U1} -p mtty -t mtty-1`,
    `mdevctl modify -u ${U1} --addattr=power/control --value=on`,
    `mdevctl start -u ${U1}`,
    `cat ${path}`,
    'mdevctl list -d -v',
  )
  t.is(stderr, '')
  t.is(code, 0)
  t.deepEqual(stdout.split('\n').filter(Boolean), [
    'on',
    `${U1} mtty mtty-1 manual (active)`,
    '  Attrs:',
    '    @{0}: {"power/control":"on"}',
  ])
})

mdevctlTest('an aggregated vGPU takes the memory of as many as it stands for', async t => {
  const { stdout, stderr, code } = await script(
    'gvtg-aggregation',
    `mdevctl define -u ${U1} -p 0000:00:02.0 -t i915-GVTg_V5_8`,
    `mdevctl modify -u ${U1} --addattr=mdev/aggregated_instances --value=2`,
    'cat /sys/class/mdev_bus/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_8/available_instances',
    `mdevctl start -u ${U1}`,
    `cat /sys/bus/mdev/devices/${U1}/mdev/aggregated_instances`,
    'cat /sys/class/mdev_bus/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_8/available_instances',
  )
  t.is(stderr, '')
  t.is(code, 0)
  t.deepEqual(stdout.split('\n').filter(Boolean), ['7', '2', '5'])
})

mdevctlTest('an mdev whose attributes are refused is taken away again', async t => {
  for (const [attribute, value] of [
    ['power/control', 'bogus'],
    ['nosuch', '1'],
  ]) {
    const { stdout, code } = await script(
      'mtty',
      `mdevctl define -u ${U1} -p mtty -t mtty-1`,
      `mdevctl modify -u ${U1} --addattr=${attribute} --value=${value}`,
      `if mdevctl start -u ${U1} 2>/dev/null; then echo started; fi`,
      'cat /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/available_instances',
      'ls /sys/bus/mdev/devices',
    )
    t.is(code, 0)
    t.is(stdout, '24\n', attribute)
  }
})

mdevctlTest('what is not there can not be started or stopped', async t => {
  const { stdout, code } = await script(
    'mtty',
    `! mdevctl start -u ${U1} -p mtty -t mtty-3 2>/dev/null`,
    `! mdevctl start -u ${U1} -p nosuch -t mtty-1 2>/dev/null`,
    `! mdevctl stop -u ${U1} 2>/dev/null`,
    'mdevctl list',
  )
  t.is(code, 0)
  t.is(stdout.trim(), '')
})

mdevctlTest('a vGPU of a virtual function, with parameters that keep their last character', async t => {
  const { stdout, stderr, code } = await script(
    'nvidia-a2',
    'echo 16 > /sys/bus/pci/devices/0000:08:00.0/sriov_numvfs',
    'mdevctl types -p 0000:08:02.3 | grep -A1 nvidia-746',
    `mdevctl define -u ${U1} -p 0000:08:02.3 -t nvidia-746`,
    // mdevctl writes no newline, and the driver counts on one
    `mdevctl modify -u ${U1} --addattr=nvidia/vgpu_params --value="frame_rate_limiter=0 "`,
    `mdevctl start -u ${U1}`,
    `cat /sys/bus/mdev/devices/${U1}/nvidia/vgpu_params`,
    'mdevctl list',
    `if mdevctl start -u ${U2} -p 0000:08:02.3 -t nvidia-746 2>/dev/null; then echo started; fi`,
    `mdevctl stop -u ${U1}`,
    'cat /sys/class/mdev_bus/0000:08:02.3/mdev_supported_types/nvidia-746/available_instances',
  )
  t.is(stderr, '')
  t.is(code, 0)
  t.deepEqual(
    stdout
      .split('\n')
      .map(line => line.trim())
      .filter(Boolean),
    [
      'nvidia-746',
      'Available instances: 1',
      'frame_rate_limiter=0',
      `${U1} 0000:08:02.3 nvidia-746 manual (defined)`,
      '1',
    ],
  )
})

mdevctlTest('migration parameters are attributes like others, in their order', async t => {
  const define = [
    `mdevctl define -u ${U1} -p 0000:00:05.0 -t my_nic-nic`,
    `mdevctl modify -u ${U1} --addattr=migration/params/num-queues --value=4`,
    `mdevctl modify -u ${U1} --addattr=migration/params/my-feature --value=on`,
    `mdevctl modify -u ${U1} --addattr=migration/applied --value=1`,
  ]
  const read = `cd /sys/bus/mdev/devices/${U1}/migration; cat applied params/num-queues params/my-feature`
  const started = await script('my-nic', ...define, `mdevctl start -u ${U1}`, read)
  t.is(started.stderr, '')
  t.is(started.stdout, '1\n4\non\n')
  // 3 is not allowed: nothing is left of it
  const refused = await script(
    'my-nic',
    ...define.map(line => line.replace('--value=4', '--value=3')),
    `if mdevctl start -u ${U1} 2>/dev/null; then echo started; fi`,
    'ls /sys/bus/mdev/devices',
  )
  t.is(refused.code, 0)
  t.is(refused.stdout, '')
})
