import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { O_RDWR } from '../../src/sysfs/kernfs/file.ts'
import { compiled, noCompiler } from '../support/compiled.ts'
import { samples, uuid } from '../support/machine.ts'
import { mounted } from '../support/mounted.ts'
import { eventually, execute, noMount, start } from '../support/processes.ts'

const SOURCE = fileURLToPath(new URL('../../../test/vfio/list-device.c', import.meta.url))
const STRIDE = 2 ** 40

const lacking = noMount ?? noCompiler
const cTest = lacking === undefined ? test.serial : test.serial.skip
if (lacking !== undefined) console.log(`device files: skipped, ${lacking}`)

const MTTY = `device flags 0x3 regions 9 irqs 5
region 0 flags 0x3 size 0x8 offset 0
region 7 flags 0x3 size 0xff offset 0x70000000000
id 4348:3253
bar0 0xfffffff9
irq 0 flags 0x7 count 1
irq 1 flags 0x9 count 1
irq 2 EINVAL
irq 3 EINVAL
irq 4 flags 0x9 count 1
reset ok
`

const HOSTILE = `short argsz EINVAL
null EFAULT
top of memory EFAULT
no such region EINVAL
over the end EFAULT
read only EFAULT
untouched yes
in a file of the server EFAULT
feature flags EINVAL
feature 1 ENOTTY
unknown ENOTTY
behind a region EINVAL
no region EINVAL
`

cTest('a C program lists a serial port by its node, and lies to it', async t => {
  await using program = await compiled(SOURCE)
  await using machine = await mounted(['--profile', 'mtty', '--kernel', '6.12'])
  const types = `${machine.directory}/sys/class/mdev_bus/mtty/mdev_supported_types`
  writeFileSync(`${types}/mtty-1/create`, uuid(1))
  const node = `${machine.directory}/dev/vfio/devices/vfio0`
  t.is((await execute(program.path, [node])).stdout, MTTY)
  t.is((await execute(program.path, [node, `${types}/mtty-1/name`])).stdout, HOSTILE)
  t.is((await execute(program.path, [node])).stdout, MTTY)
  const group = await execute(program.path, [`${machine.directory}/dev/vfio/0`, 'group'])
  t.is(group.stdout, 'status ok 1\nset container EINVAL\ndevice EINVAL\nnot for groups ENOTTY\n')
})

cTest('a process that is killed lets go of its device, and remove goes on', async t => {
  await using machine = await mounted(['--profile', 'mtty', '--kernel', '6.12'])
  const type = `${machine.directory}/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1`
  for (const held of ['vfio/devices/vfio0', 'vfio/0']) {
    writeFileSync(`${type}/create`, uuid(1))
    const holder = start('sh', ['-c', `exec 3<>${machine.directory}/dev/${held}; echo held; exec sleep 1000`])
    await once(holder.stdout!, 'data')
    const remover = start('sh', [
      '-c',
      `echo 1 > ${machine.directory}/sys/bus/mdev/devices/${uuid(1)}/remove`,
    ])
    t.true(await eventually(() => readdirSync(`${type}/devices`).length === 0))
    t.is(remover.exitCode, null, `${held}: it waits`)
    holder.kill('SIGKILL')
    t.true(await eventually(() => remover.exitCode !== null))
    t.is(remover.exitCode, 0)
    t.false(existsSync(`${machine.directory}/sys/bus/mdev/devices/${uuid(1)}`))
  }
})

cTest('the OpRegion of a vGPU is found by its capability', async t => {
  await using program = await compiled(SOURCE)
  await using machine = await mounted(['--profile', 'gvtg-kabylake', '--kernel', '6.12'])
  const parent = `${machine.directory}/sys/class/mdev_bus/0000:00:02.0`
  writeFileSync(`${parent}/mdev_supported_types/i915-GVTg_V5_8/create`, uuid(1))
  const { stdout } = await execute(program.path, [`${machine.directory}/dev/vfio/devices/vfio0`])
  t.regex(stdout, /^device flags 0x3 regions 10 irqs 5$/m)
  t.regex(stdout, /^id 8086:/m)
  t.regex(
    stdout,
    /^capability 2 version 1 next 0 type 0x80008086 subtype 1\nregion 9 flags 0x9 size 0x2000 offset 0x90000000000$/m,
  )
})

test('regions are where VFIO has them, and keep what is written until reset', t => {
  const { sh } = samples('6.12')
  sh.put('/sys/class/mdev_bus/mdpy/mdev_supported_types/mdpy-vga/create', uuid(1))
  const file = sh.open('/dev/vfio/devices/vfio0', O_RDWR)
  t.is(file.write(Buffer.from('frame'), 4094), 5)
  t.is(Buffer.from(file.read(4094, 5)).toString(), 'frame')
  // 640 * 480 * 4 bytes, as a power of 2
  t.is(file.write(Buffer.from('edge'), 2 ** 21 - 2), 2)
  t.throws(() => file.read(2 ** 21, 1), { code: 'EINVAL' })
  t.deepEqual([...file.read(7 * STRIDE, 4)], [0x36, 0x1b, 0x0f, 0x00])
  t.is(file.write(Buffer.from([1, 2, 3, 4]), 7 * STRIDE), 4)
  t.deepEqual([...file.read(7 * STRIDE, 4)], [0x36, 0x1b, 0x0f, 0x00], 'IDs can not be written')
  t.is(file.ioctl!(0x3b64 + 11, 0n, { uid: 0, gid: 0, pid: 0 }), 0)
  t.deepEqual([...file.read(4094, 5)], [0, 0, 0, 0, 0])
  t.throws(() => file.ioctl!(0x3b64 + 7, 0n, { uid: 0, gid: 0, pid: 0 }), { code: 'EFAULT' })
  file.release()
})
