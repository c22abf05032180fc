import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { compiled, noCompiler } from '../../support/compiled.ts'
import { uuid } from '../../support/machine.ts'
import { mounted } from '../../support/mounted.ts'
import { execute, noMount } from '../../support/processes.ts'

const program = (name: string) => fileURLToPath(new URL(`../../../../test/vfio/${name}`, import.meta.url))
const SOURCE = program('migrate-device.c')
const LISTER = program('list-device.c')

const lacking = noMount ?? noCompiler
const cTest = lacking === undefined ? test : test.skip
if (lacking !== undefined) console.log(`migration by a C program: skipped, ${lacking}`)

async function host(type: string) {
  const machine = await mounted(['--profile', 'vfio-migration'])
  const types = `${machine.directory}/sys/class/mdev_bus/0000:07:00.0/mdev_supported_types`
  writeFileSync(`${types}/my_card-${type}/create`, uuid(1))
  return {
    node: `${machine.directory}/dev/vfio/devices/vfio0`,
    debugfs: `${machine.directory}/sys/kernel/debug/vfio/${uuid(1)}/migration`,
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
}

cTest('a C program saves a device and resumes it on another machine, through the region of 5.8', async t => {
  await using program = await compiled(SOURCE)
  await using lister = await compiled(LISTER)
  await using source = await host('v1')
  await using target = await host('v1')
  t.regex(
    (await execute(lister.path, [source.node])).stdout,
    /^capability 2 version 1 next 0 type 0x3 subtype 1\nregion 9 flags 0xb size 0x11000 offset 0x90000000000\nirq 0/m,
  )
  const { stdout, stderr, code } = await execute(program.path, [source.node, target.node])
  t.is(stderr, '')
  t.is(code, 0)
  t.is(
    stdout,
    `region found
to running early EINVAL
before some after some arrived 0x2a
half a field EINVAL
invalid state EINVAL
`,
  )
})

cTest('VFIO_DEVICE_FEATURE: states of 5.18, and EMFILE where a descriptor would be handed out', async t => {
  await using program = await compiled(SOURCE)
  await using machine = await host('v2')
  t.is(
    (await execute(program.path, [machine.node])).stdout,
    `flags ok 7
state ok 2 fd -1
stop ok 1 fd -1
stop copy EMFILE
error EINVAL
running ok
no room EINVAL
set flags EINVAL
dirty log ENOTTY
`,
  )
  t.is(readFileSync(`${machine.debugfs}/state`, 'latin1'), 'RUNNING\n')
  t.is(readFileSync(`${machine.debugfs}/features`, 'latin1'), 'stop-copy\np2p\npre-copy\n')
})
