import { fileURLToPath } from 'node:url'
import test from 'ava'
import { Machine } from '../../src/drivers/machine.ts'
import { loadVfioPci } from '../../src/drivers/vfio-pci.ts'
import { compile } from '../../src/pci/config/index.ts'
import { ConfigSpace } from '../../src/pci/config-space.ts'
import { identityOf } from '../../src/pci/header.ts'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { O_RDWR } from '../../src/sysfs/kernfs/file.ts'
import { bench } from '../support/machine.ts'

const BOARD = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))
const DRIVER = '/sys/bus/pci/drivers/vfio-pci'
const EDU = '/sys/devices/pci0000:00/0000:00:03.0'

/** The educational device of the transcripts, and another one. */
function machineWithVfio() {
  const machine = new Machine()
  const { bytes, writable } = compile('vpci 1\nid 1234:11e8 subsys 1af4:1100 class 00ff00 rev 10\n')
  for (const name of ['0000:00:02.0', '0000:00:03.0']) {
    const config = new ConfigSpace(bytes.slice(), writable)
    const { revision, ...identity } = identityOf(bytes)
    if (name === '0000:00:02.0') Object.assign(identity, { device: 0x1111 })
    machine.plugPci(
      {
        name,
        identity,
        revision,
        config,
        resources: [],
        irq: 11,
        numaNode: -1,
        dmaMaskBits: 32,
        firmwareNode: true,
      },
      undefined,
      name === '0000:00:03.0' ? 2 : 1,
    )
  }
  loadVfioPci(machine)
  return bench(machine)
}

test('a function is handed to user space by driver_override', t => {
  const { sh, events } = machineWithVfio()
  sh.put(`${EDU}/driver_override`, 'vfio-pci\n')
  t.is(sh.try('/sys/bus/pci/drivers_probe', '0000:00:03.0\n'), 13)
  t.deepEqual(
    events().map(event => event.split(' ')[0]),
    [
      'add@/devices/virtual/vfio/2',
      'add@/devices/pci0000:00/0000:00:03.0/vfio-dev/vfio0',
      'bind@/devices/pci0000:00/0000:00:03.0',
    ],
  )
  t.is(sh.cat(`${EDU}/power/control`), 'auto\n')
  t.is(sh.cat(`${EDU}/power/runtime_status`), 'suspended\n')
  t.is(sh.cat(`${EDU}/power_state`), 'D0\n')
  t.is(sh.cat(`${EDU}/enable`), '0\n')
  t.is(sh.try(`${DRIVER}/bind`, '0000:00:03.0'), 'EBUSY')
  t.is(sh.try(`${DRIVER}/bind`, '0000:00:02.0'), 'ENODEV')
  t.is(sh.try(`${DRIVER}/unbind`, '0000:00:02.0'), 'ENODEV')
  t.is(sh.try(`${DRIVER}/unbind`, '0000:00:03.0\n'), 13)
  t.deepEqual(
    events().map(event => event.split(' ')[0]),
    [
      'remove@/devices/pci0000:00/0000:00:03.0/vfio-dev/vfio0',
      'remove@/devices/virtual/vfio/2',
      'unbind@/devices/pci0000:00/0000:00:03.0',
    ],
  )
  t.is(sh.cat(`${EDU}/power/control`), 'on\n')
  t.is(sh.cat(`${EDU}/power/runtime_status`), 'active\n')
})

test('a function is handed to user space by new_id', t => {
  const { sh } = machineWithVfio()
  t.is(sh.try(`${DRIVER}/new_id`, '1234 11e8\n'), 10)
  t.is(sh.readlink(`${EDU}/driver`), '../../../bus/pci/drivers/vfio-pci')
  t.is(sh.try(`${DRIVER}/new_id`, '1234 11e8\n'), 'EEXIST')
})

test('it is enabled and awake while it is open, and unbinding waits for that', t => {
  const { sh } = machineWithVfio()
  sh.put(`${DRIVER}/new_id`, '1234 11e8')
  const file = sh.open('/dev/vfio/2', O_RDWR)
  t.is(sh.cat(`${EDU}/enable`), '1\n')
  t.is(sh.cat(`${EDU}/power/runtime_status`), 'active\n')
  t.is(sh.try(`${DRIVER}/unbind`, '0000:00:03.0'), 'waits')
  file.release()
  t.false(sh.exists(`${EDU}/driver`))
  t.is(sh.cat(`${EDU}/enable`), '0\n')
})

test('virtual functions in use make sriov_numvfs wait, and whoever comes next', t => {
  const IGB = '/sys/devices/pci0000:00/0000:00:06.0/0000:01:00.0'
  const { sh } = bench(buildMachine(loadProfiles([BOARD, 'vfio-pci'])))
  sh.put(`${DRIVER}/new_id`, '8086 10ca')
  t.is(sh.try(`${IGB}/sriov_numvfs`, '2'), 1)
  t.is(sh.readlink(`${IGB}/virtfn1/driver`), '../../../../bus/pci/drivers/vfio-pci')
  const group = sh.readlink(`${IGB}/virtfn1/iommu_group`).split('/').at(-1)
  const file = sh.open(`/dev/vfio/${group}`, O_RDWR)
  t.is(sh.try(`${IGB}/sriov_numvfs`, '0'), 'waits')
  t.is(sh.try(`${IGB}/sriov_numvfs`, '1'), 'waits')
  file.release()
  t.is(sh.cat(`${IGB}/sriov_numvfs`), '1\n')
  t.true(sh.exists(`${IGB}/virtfn0`))
  t.false(sh.exists(`${IGB}/virtfn1`))
})
