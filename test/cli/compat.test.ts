import { writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { uuid } from '../support/machine.ts'
import { mounted } from '../support/mounted.ts'
import { execute, MDEVFS, mdevfs, noMount } from '../support/processes.ts'

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`compat: skipped, ${noMount}`)

const PARENT = 'sys/class/mdev_bus/0000:00:02.0'

interface Answer {
  readonly result: string
  readonly interfaces: readonly { readonly interface: string; readonly result: string }[]
}

async function ask(t: ExecutionContext, status: number, ...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await mdevfs('compat', '--json', ...args)
  t.is(stderr, '')
  t.is(code, status)
  return JSON.parse(stdout) as Answer
}

mountTest('half of one GPU is a quarter of another of twice the size', async t => {
  await using small = await mounted(['--profile', 'gvtg-pdev1'])
  await using large = await mounted(['--profile', 'gvtg-pdev2'])
  const create = (machine: { directory: string }, type: string, n: number) => {
    const parent = `${machine.directory}/${PARENT}`
    writeFileSync(`${parent}/mdev_supported_types/i915-GVTg_${type}/create`, uuid(n))
    return `${parent}/${uuid(n)}`
  }
  const half = create(small, 'V5_2', 1)
  const quarter = create(large, 'V5_4', 2)
  const two = create(large, 'V5_8', 3)
  const self = ['--interface', 'self-compatible']
  for (const direction of ['target', 'source']) {
    t.is((await ask(t, 0, half, quarter, ...self, '--direction', direction)).result, 'compatible')
    t.is((await ask(t, 0, quarter, half, ...self, '--direction', direction)).result, 'compatible')
  }
  // an eighth is not what the half lists; two of them are
  await ask(t, 1, half, two, ...self, '--direction', 'source')
  writeFileSync(`${two}/intel_vgpu/aggregator`, '2')
  await ask(t, 0, half, two, ...self, '--direction', 'source')
  // the opaque string knows one GPU only
  const { result, interfaces } = await ask(t, 1, half, quarter)
  t.is(result, 'incompatible')
  t.deepEqual(
    interfaces.map(each => `${each.interface} ${each.result}`),
    [
      'migration_version incompatible',
      'vfio_migration compatible',
      'self-compatible compatible',
      'rfc-v2 unsupported',
      'rfc-v3 unsupported',
      'rfc-v4 unsupported',
    ],
  )
  await ask(t, 2, half, quarter, '--interface', 'rfc-v4')

  const { stdout } = await mdevfs(
    'compat',
    '--matrix',
    small.directory,
    large.directory,
    '-i',
    'migration_version',
  )
  const rows = stdout.split('\n').filter(line => /^│ \d/.test(line))
  t.deepEqual(
    rows.map(row =>
      row
        .split('│')
        .slice(3, -1)
        .map(cell => cell.trim())
        .join(' '),
    ),
    [
      // two types and one vGPU of the small GPU, two types and two vGPUs of the large one
      'yes no yes no no no no',
      'no yes no no no no no',
      'yes no  no no no no',
      'no no no yes no yes no',
      'no no no no yes no yes',
      'no no no yes no  no',
      'no no no no yes no ',
    ],
  )
})

test('what can not be asked is status 2, in a sentence', async t => {
  const none = await mdevfs('compat', '/proc', '/proc')
  t.is(none.code, 2)
  t.is(
    none.stderr,
    'mdevfs: /proc is neither a device nor a type: name a directory such as /sys/bus/mdev/devices/UUID, or one in mdev_supported_types.\n',
  )
  const one = await mdevfs('compat', '/proc')
  t.is(one.code, 2)
  t.is(
    one.stderr,
    'mdevfs: compat takes two directories, SOURCE and TARGET, not 1; --matrix takes any number of machines.\n',
  )
  const matrix = await mdevfs('compat', '--matrix', '/proc')
  t.is(matrix.code, 2)
  t.is(
    matrix.stderr,
    'mdevfs: /proc has no sysfs: name a directory where a machine is mounted, or /sys itself.\n',
  )
})

mountTest('dmesg tells why a driver refused', async t => {
  const script = `echo 8086-5912-GVTg_V5_2-00000001 > /${PARENT}/mdev_supported_types/i915-GVTg_V5_4/migration_version
    cat /dev/kmsg`
  const { stdout } = await execute(process.execPath, [
    ...[MDEVFS, 'run', '--profile', 'gvtg-pdev1', '--', 'sh', '-c', script],
  ])
  t.regex(stdout, /^6,0,\d+,-;i915-GVTg_V5_4: vgpu type not matched\n$/)
})
