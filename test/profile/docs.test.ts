import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { profileFolder } from '../../src/profile/builtin.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { outcome } from '../support/errno.ts'
import { Client, profileOf, withHead } from './support.ts'

const text = readFileSync(join(profileFolder(), '../docs/profiles.md'), 'utf8')

/** The examples, in their order; a head is added to those that are parts. */
const examples: readonly Profile[] = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) =>
  profileOf(yaml!.startsWith('mdevfs:') ? yaml! : withHead(yaml!), 'docs/profiles.md'),
)

for (const [i, example] of examples.entries()) {
  test(`example ${i + 1}, ${example.name}, is a machine`, t => {
    t.notThrows(() => new Client([example]))
  })
}

test('the tutorial says what happens', t => {
  const [first, second, third] = examples.slice(-3).map(example => new Client([example]))
  t.deepEqual(first!.ls('/sys/bus/pci/devices'), ['0000:65:00.0'])
  const types = '/sys/class/mdev_bus/0000:65:00.0/mdev_supported_types'
  const left = (nic: Client) =>
    ['large', 'small'].map(type => nic.cat(`${types}/my_nic-${type}/available_instances`).trim()).join(' ')
  const create = (nic: Client, type: string, n: number) =>
    outcome(() => nic.put(`${types}/my_nic-${type}/create`, `83b8f4f2-509f-382f-3c1e-e6bfe0fa100${n}`))
  t.is(left(second!), '2 16')
  create(second!, 'large', 1)
  t.is(left(second!), '1 12')

  create(third!, 'small', 1)
  const group = '/sys/class/mdev_bus/0000:65:00.0/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001/my_nic'
  t.is(third!.cat(`${group}/port`), '1\n')
  third!.put(`${group}/shares`, '5\n')
  t.is(left(third!), '2 15')
  t.is(
    outcome(() => third!.put(`${group}/shares`, '26')),
    'EINVAL',
  )
  third!.put(`${group}/shares`, '25')
  t.is(left(third!), '0 0')
  t.is(create(third!, 'large', 2), 'ENOSPC')
  t.is(
    outcome(() => third!.put(`${group}/vlan`, '5000')),
    'EINVAL',
  )
})
