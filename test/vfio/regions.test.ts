import { fileURLToPath } from 'node:url'
import test from 'ava'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { O_RDWR } from '../../src/sysfs/kernfs/file.ts'
import { complaints, withHead } from '../profile/support.ts'
import { bench, uuid } from '../support/machine.ts'

const kernel = '6.12'
const BOARD = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))
const built = (...profiles: string[]) => bench(buildMachine(loadProfiles(profiles, { kernel }), { kernel }))
const STRIDE = 2 ** 40
const CONFIG = 7 * STRIDE

test('a virtual function that vfio-pci has: IDs, base addresses, and a table of vectors that begins masked', t => {
  const { sh } = built(BOARD, 'vfio-pci')
  sh.put('/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', '1')
  const vf = '/sys/bus/pci/devices/0000:01:00.0/virtfn0'
  if (sh.exists(`${vf}/driver`)) sh.put(`${vf}/driver/unbind`, sh.readlink(vf).split('/').at(-1)!)
  sh.put(`${vf}/driver_override`, 'vfio-pci')
  sh.put('/sys/bus/pci/drivers_probe', sh.readlink(vf).split('/').at(-1)!)
  const [node] = sh.ls(`${vf}/vfio-dev`)
  const file = sh.open(`/dev/vfio/devices/${node}`, O_RDWR)
  const read = (offset: number, length: number) => Buffer.from(file.read(offset, length))
  const id = (name: string) => Number(sh.cat(`${vf}/${name}`))
  t.deepEqual(
    [read(CONFIG, 2).readUInt16LE(), read(CONFIG + 2, 2).readUInt16LE()],
    [id('vendor'), id('device')],
  )
  const [start, end] = sh.cat(`${vf}/resource`).split('\n')[0]!.split(' ').map(BigInt)
  const size = Number(end! - start! + 1n)
  file.write(Buffer.alloc(4, 0xff), CONFIG + 0x10)
  t.is(read(CONFIG + 0x10, 4).readUInt32LE() & ~0xf, -size | 0, 'the size of the BAR')

  const config = read(CONFIG, 256)
  let at = config[0x34]!
  while (config[at] !== 0x11) at = config[at + 1]!
  const vectors = (config.readUInt16LE(at + 2) & 0x7ff) + 1
  const table = config.readUInt32LE(at + 4)
  const pending = config.readUInt32LE(at + 8)
  const entry = (table & 7) * STRIDE + (table & ~7)
  for (const vector of [0, vectors - 1]) t.is(read(entry + vector * 16 + 12, 4).readUInt32LE(), 1, 'masked')
  file.write(Buffer.alloc(16, 0xff), entry)
  t.is(read(entry, 16).toString('hex'), 'fcffffffffffffffffffffff01000000')
  file.write(Buffer.alloc(16), entry)
  t.is(read(entry + 12, 4).readUInt32LE(), 0, 'unmasked')
  const bits = (pending & 7) * STRIDE + (pending & ~7)
  file.write(Buffer.alloc(8, 0xff), bits)
  t.is(read(bits, 8).toString('hex'), '0000000000000000')
  t.is(file.ioctl!(0x3b64 + 11, 0n, { uid: 0, gid: 0, pid: 0 }), 0)
  t.is(read(entry + 12, 4).readUInt32LE(), 1, 'masked again')
  file.release()
})

test('a subchannel that vfio_ccw has: regions at index << 10', t => {
  const { sh } = built('ccw-small')
  sh.put('/sys/bus/css/devices/0.0.0313/mdev_supported_types/vfio_ccw-io/create', uuid(1))
  const file = sh.open('/dev/vfio/devices/vfio0', O_RDWR)
  t.is(file.read(0, 4096).length, 124, 'the I/O region')
  t.is(file.write(Buffer.from('orb'), 0), 3)
  t.is(Buffer.from(file.read(0, 3)).toString(), 'orb')
  t.deepEqual(
    [1, 2, 3].map(index => file.read(index << 10, 4096).length),
    [8, 52, 8],
  )
  t.throws(() => file.write(Buffer.of(1), 2 << 10), { code: 'EINVAL' })
  t.throws(() => file.read(4 << 10, 1), { code: 'EINVAL' })
  file.release()
})

test('BARs of a type that a profile describes', t => {
  const { sh } = built('vfio-migration')
  sh.put('/sys/class/mdev_bus/0000:07:00.0/mdev_supported_types/my_card-v1/create', uuid(1))
  const file = sh.open('/dev/vfio/devices/vfio0', O_RDWR)
  const bar = (index: number) => {
    file.write(Buffer.alloc(4, 0xff), CONFIG + 0x10 + index * 4)
    return Buffer.from(file.read(CONFIG + 0x10 + index * 4, 4)).readUInt32LE()
  }
  t.deepEqual([0, 1, 2, 3].map(bar), [0xfff00000, 0, 0xff00000c, 0xffffffff])
  t.is(file.write(Buffer.from('end'), 2 ** 20 - 2), 2)
  t.is(file.write(Buffer.from('end'), 2 * STRIDE + 2 ** 24 - 3), 3)
  t.throws(() => file.read(STRIDE, 1), { code: 'EINVAL' })
})

test('BARs that can not be are told', t => {
  const type = (more: string) =>
    complaints(
      withHead(`devices:
  - pci: "0000:01:00.0"
    driver: x
    id: 1af4:10ff
    class: 0x030000
    instances: 1
    types: [ { id: a, ${more} } ]
`),
    )
  for (const [more, message] of [
    ['bars: { "6": 4KB }', /"6" is not the number of a BAR, 0 to 5/],
    ['bars: { "0": 3KB }', /the size of a BAR is a power of two/],
    ['bars: { "0": { size: 4KB, width: 64 }, "1": 4KB }', /BAR 0 has 64 bits and takes this one too/],
    ['bars: { "0": 4KB }, device_api: vfio-ccw', /only vfio-pci devices have BARs/],
  ] as const)
    t.regex(type(more).join(), message)
})
