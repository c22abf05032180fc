import test from 'ava'
import { board } from './support.ts'

const PORT = '/sys/devices/pci0000:00/0000:00:06.0'
const NIC = `${PORT}/0000:01:00.0`

test('link/ has the states that both ends know, at the lower end', t => {
  const { sh } = board()
  t.deepEqual(sh.ls(`${NIC}/link`), ['l0s_aspm'])
  t.deepEqual(sh.ls(`${PORT}/link`), [])
})

test('a state is in the link control registers of both ends', t => {
  const { sh, machine } = board()
  const control = (address: string) => {
    const { express, config } = machine.pciBus.function(address)!
    return config.bytes[express!.at + 0x10]! & 3
  }
  t.is(sh.cat(`${NIC}/link/l0s_aspm`), '0\n')
  t.is(sh.try(`${NIC}/link/l0s_aspm`, '2'), 'EINVAL')
  t.is(sh.try(`${NIC}/link/l0s_aspm`, 'on\n'), 3)
  t.is(sh.cat(`${NIC}/link/l0s_aspm`), '1\n')
  t.deepEqual(['0000:00:06.0', '0000:01:00.0'].map(control), [1, 1])
  t.is(sh.try(`${NIC}/link/l0s_aspm`, '0'), 1)
  t.deepEqual(['0000:00:06.0', '0000:01:00.0'].map(control), [0, 0])
})

test('virtual functions show the link of their physical one', t => {
  const { sh } = board()
  sh.put(`${NIC}/sriov_numvfs`, '1')
  sh.put(`${NIC}/link/l0s_aspm`, '1')
  t.is(sh.cat(`${NIC}/virtfn0/link/l0s_aspm`), '1\n')
})
