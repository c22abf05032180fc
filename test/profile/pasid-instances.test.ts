import test from 'ava'
import { compile, derive, diff } from '../../src/pci/config/index.ts'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { Shell } from '../support/tree.ts'

test('one instance type has one layout on both generations, and another one with PASID', t => {
  const sh = new Shell(buildMachine(loadProfiles(['pasid-instances'])).kernel.root)
  const image = (address: string) =>
    compile(derive(Buffer.from(sh.cat(`/sys/bus/pci/devices/${address}/config`), 'latin1')))
  t.true(diff(image('0000:41:00.1'), image('0000:81:00.1')).equal)
  t.false(diff(image('0000:41:00.0'), image('0000:81:00.0')).equal)
  const { secondForFirst, firstForSecond } = diff(image('0000:81:00.1'), image('0000:81:00.2'))
  t.true(secondForFirst.some(({ message }) => message === 'pasid is at 158 where there should be none'))
  t.true(firstForSecond.some(({ message }) => message === 'pasid is needed at 158 and is not there'))
})
