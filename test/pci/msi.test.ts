import test from 'ava'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { bench } from '../support/machine.ts'
import { board, IGB } from './support.ts'

test('msi_irqs/ is there while a driver has interrupts', t => {
  const { sh } = board()
  const irqs = `${IGB}/msi_irqs`
  const before = sh.ls(irqs)
  t.true(before.length > 1)
  t.is(sh.cat(`${irqs}/${before[0]}`), 'msix\n')
  sh.put('/sys/bus/pci/drivers/igb/unbind', '0000:01:00.0')
  t.false(sh.exists(irqs))
  sh.put('/sys/bus/pci/drivers/igb/bind', '0000:01:00.0')
  t.deepEqual(sh.ls(irqs), before)
})

test('vfio-pci has none before somebody asks', t => {
  const { sh } = bench(buildMachine(loadProfiles(['nic-sriov', 'vfio-pci'])))
  t.false(sh.exists(`${IGB}/msi_irqs`))
  const { sh: other } = bench(buildMachine(loadProfiles(['nvidia-a2', 'vfio-pci'])))
  const gpu = '/sys/bus/pci/devices/0000:08:00.0'
  t.is(other.ls(`${gpu}/msi_irqs`).length, 6)
  other.put(`${gpu}/driver_override`, 'vfio-pci')
  other.put('/sys/bus/pci/drivers/nvidia/unbind', '0000:08:00.0')
  other.put('/sys/bus/pci/drivers_probe', '0000:08:00.0')
  t.false(other.exists(`${gpu}/msi_irqs`))
})

test('devices and their IOMMU know each other, virtual functions too', t => {
  const { sh } = board()
  const dmar0 = '/sys/class/iommu/dmar0'
  t.is(sh.readlink(`${IGB}/iommu`), '../../../virtual/iommu/dmar0')
  t.true(sh.exists(`${dmar0}/devices/0000:01:00.0`))
  sh.put(`${IGB}/sriov_numvfs`, '1')
  t.is(sh.readlink(`${IGB}/virtfn0/iommu`), '../../../virtual/iommu/dmar0')
  t.true(sh.exists(`${dmar0}/devices/0000:01:10.0`))
  sh.put(`${IGB}/sriov_numvfs`, '0')
  t.false(sh.exists(`${dmar0}/devices/0000:01:10.0`))
})
