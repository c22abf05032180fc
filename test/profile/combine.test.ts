import test from 'ava'
import { buildMachine } from '../../src/profile/build.ts'
import { checkTogether } from '../../src/profile/combine.ts'
import type { Profile } from '../../src/profile/profile.ts'
import { failures, profileOf } from './support.ts'

function profile(name: string, body: string): Profile {
  return profileOf(`mdevfs: 1\nname: ${name}\nsummary: A test\n${body}`, `${name}.yaml`)
}

const GPU = `devices:
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
`

const together = test.macro((t, profiles: readonly Profile[], expected: readonly string[]) => {
  t.deepEqual(
    failures(() => checkTogether(profiles, false)),
    [...expected],
  )
})

test('different devices', together, [profile('a', GPU), profile('b', 'devices: [{sample: mtty}]\n')], [])

test(
  'the same device',
  together,
  [profile('a', GPU), profile('b', `kernel: 6.1\n${GPU}`)],
  [
    'b.yaml:6:10 pci 0000:00:02.0 of profile "b" is also in profile "a", at a.yaml:5:10; a machine has it once',
  ],
)

const again = profile('a', 'devices: [{sample: mtty}]\n')
test(
  'the same profile',
  together,
  [again, again],
  ['a.yaml:4:20 sample mtty is here for the second time, after a.yaml:4:20; give the profile once'],
)

test(
  'releases and architectures',
  together,
  [
    profile('a', 'arch: x86_64\n'),
    profile('b', 'kernel: 6.1\n'),
    profile('c', 'kernel: 5.10\narch: s390x\n'),
  ],
  [
    'c.yaml:4:9 a machine has one kernel, and profile "b" has 6.1, at b.yaml:4:9; say which with --kernel',
    'c.yaml:5:7 a machine has one arch, and profile "a" has x86_64, at a.yaml:4:7',
  ],
)

test('a release given from outside decides', t => {
  const profiles = [profile('a', 'kernel: 6.1\n'), profile('b', 'kernel: 5.10\n')]
  t.is(buildMachine(profiles, { kernel: '6.12' }).kernel.release.name, '6.12')
  t.deepEqual(failures(() => buildMachine(profiles)).length, 1)
})

test(
  'static nodes and groups',
  together,
  [
    profile('a', `${GPU}static: {/sys/a: 1}\niommu_groups: {0: "0000:00:02.0"}\n`),
    profile('b', 'static: {/sys/a: 1}\niommu_groups: {0: ["0000:00:20.0"]}\n'),
  ],
  [
    'b.yaml:4:10 /sys/a of profile "b" is also in profile "a", at a.yaml:8:10; a machine has it once',
    'b.yaml:5:16 IOMMU group 0 of profile "b" is also in profile "a", at a.yaml:9:16; a machine has it once',
    'b.yaml:5:20 the machine has no device "0000:00:20.0"; did you mean "0000:00:02.0"?',
  ],
)

test(
  'a bridge of one profile leads to a device of another',
  together,
  [
    profile(
      'a',
      'devices:\n  - {pci: "0000:01:00.0", id: 8086:1521, class: 0x020000, under: "0000:00:1c.0"}\n',
    ),
    profile('b', 'devices:\n  - {pci: "0000:00:1c.0", id: 8086:a110, class: 0x060400, bridge: 1}\n'),
  ],
  [],
)
