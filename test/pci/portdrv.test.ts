import test from 'ava'
import { board } from './support.ts'

const BUS = '/sys/bus/pci_express'
const PORT = '/sys/devices/pci0000:00/0000:00:06.0'

test('ports have the services that their capabilities tell', t => {
  const { sh } = board()
  const services = (port: string) =>
    sh
      .ls(`${BUS}/devices`)
      .filter(name => name.startsWith(port))
      .map(name => name.split(':').at(-1))
      .sort()
  t.deepEqual(services('0000:00:06.0'), ['pcie001', 'pcie002', 'pcie010'])
  t.deepEqual(services('0000:00:0b.0'), ['pcie001', 'pcie002'], 'it does not notice bandwidth')
  t.deepEqual(services('0000:06:00.0'), ['pcie102'], 'upstream')
  t.deepEqual(services('0000:07:00.0'), ['pcie202'], 'downstream')
})

test('root ports have drivers for errors and power management events', t => {
  const { sh } = board()
  const driver = (name: string) => {
    const link = `${BUS}/devices/${name}/driver`
    return sh.exists(link) ? sh.readlink(link).split('/').at(-1) : undefined
  }
  t.is(driver('0000:00:06.0:pcie001'), 'pcie_pme')
  t.is(driver('0000:00:06.0:pcie002'), 'aer')
  t.is(driver('0000:00:06.0:pcie010'), undefined)
  t.is(driver('0000:07:00.0:pcie202'), undefined)
  t.is(sh.cat(`${BUS}/devices/0000:00:06.0:pcie002/uevent`), 'DRIVER=aer\n')
  t.deepEqual(sh.ls(`${PORT}/0000:00:06.0:pcie002/power`).sort(), [
    'async',
    'runtime_active_kids',
    'runtime_enabled',
    'runtime_status',
    'runtime_usage',
  ])
})

test('services come and go with pcieport', t => {
  const { sh } = board()
  sh.put('/sys/bus/pci/drivers/pcieport/unbind', '0000:00:0c.0')
  t.false(sh.exists(`${BUS}/devices/0000:00:0c.0:pcie001`))
  sh.put('/sys/bus/pci/drivers/pcieport/bind', '0000:00:0c.0')
  t.true(sh.exists(`${BUS}/devices/0000:00:0c.0:pcie001`))
})
