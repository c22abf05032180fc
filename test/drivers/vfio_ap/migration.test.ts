import test from 'ava'
import { checkCompatibility, type FileSystem } from '../../../src/compat/index.ts'
import { openVolume } from '../../../src/index.ts'
import { uuid } from '../../support/machine.ts'

const MATRIX = '/sys/devices/vfio_ap/matrix'
const FIRST = `${MATRIX}/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001`

function host() {
  const fs = openVolume({ profiles: ['ap-migration'] })
  const read = (path: string) => String(fs.readFileSync(path, 'utf8'))
  return {
    fs,
    read,
    ask(target: string) {
      const { interfaces } = checkCompatibility(FIRST, target, { fs: fs as unknown as FileSystem })
      return Object.fromEntries(interfaces.map(verdict => [verdict.interface, verdict.result]))
    },
  }
}

test('self follows a matrix that changes while a guest has it', t => {
  const { fs, read } = host()
  const group = /\d+$/.exec(String(fs.readlinkSync(`${FIRST}/iommu_group`)))![0]
  const guest = fs.openSync(`/dev/vfio/${group}`, 'r+')
  const before = read(`${FIRST}/migration/self/ap_config`)
  t.is(before, read(`${FIRST}/ap_config`))
  fs.writeFileSync(`${FIRST}/assign_domain`, '0x47')
  t.not(read(`${FIRST}/migration/self/ap_config`), before)
  t.is(read(`${FIRST}/migration/self/ap_config`), read(`${FIRST}/ap_config`))
  // what concerns the representation of state alone may change too, and nothing else
  fs.writeFileSync(`${FIRST}/migration/state-format`, '2')
  t.throws(() => fs.writeFileSync(`${FIRST}/migration/apxa`, 'off'), { code: 'EBUSY' })
  fs.closeSync(guest)
  fs.writeFileSync(`${FIRST}/migration/apxa`, 'off')
})

test('a target is compatible when it has the same matrix, written in one piece', t => {
  const { fs, read, ask } = host()
  const target = `${MATRIX}/${uuid(2)}`
  fs.writeFileSync(`${MATRIX}/mdev_supported_types/vfio_ap-passthrough/create`, uuid(2))
  t.is(ask(target)['self-compatible'], 'incompatible')
  const config = read(`${FIRST}/ap_config`)
  t.throws(() => fs.writeFileSync(`${target}/ap_config`, config), { code: 'EADDRINUSE' })
  // on one host the source gives it up; on two, both have it
  fs.writeFileSync(`${FIRST}/ap_config`, '0x0,0x0,0x0')
  fs.writeFileSync(`${target}/ap_config`, config)
  t.is(ask(target)['self-compatible'], 'incompatible')
  fs.writeFileSync(`${target}/ap_config`, '0x0,0x0,0x0')
  t.like(ask(target), { 'self-compatible': 'compatible', 'rfc-v3': 'compatible', 'rfc-v2': 'unsupported' })
})
