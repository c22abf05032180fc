import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { O_RDWR } from '../../src/sysfs/kernfs/file.ts'
import { samples, uuid } from '../support/machine.ts'
import { mounted } from '../support/mounted.ts'
import { execute, noMount } from '../support/processes.ts'

const SOURCE = fileURLToPath(new URL('../../../test/vfio/list-device.c', import.meta.url))
const STRIDE = 2 ** 40

const lacking = noMount ?? (spawnSync('cc', ['--version']).error ? 'there is no C compiler' : undefined)
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
unknown ENOTTY
behind a region EINVAL
no region EINVAL
`

cTest('a C program lists a serial port by its node, and lies to it', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'mdevfs-test-'))
  try {
    const program = join(folder, 'list-device')
    const built = await execute('cc', ['-Wall', '-Werror', '-o', program, SOURCE])
    t.is(built.code, 0, built.stderr)
    await using machine = await mounted(['--profile', 'mtty', '--kernel', '6.12'])
    const types = `${machine.directory}/sys/class/mdev_bus/mtty/mdev_supported_types`
    writeFileSync(`${types}/mtty-1/create`, uuid(1))
    const node = `${machine.directory}/dev/vfio/devices/vfio0`
    t.is((await execute(program, [node])).stdout, MTTY)
    t.is((await execute(program, [node, `${types}/mtty-1/name`])).stdout, HOSTILE)
    t.is((await execute(program, [node])).stdout, MTTY)
  } finally {
    rmSync(folder, { recursive: true })
  }
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
