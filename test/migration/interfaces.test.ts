import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import type { Machine } from '../../src/drivers/machine.ts'
import { builtinFile } from '../../src/profile/builtin.ts'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { profileOf } from '../profile/support.ts'
import { outcome } from '../support/errno.ts'
import { bench, uuid } from '../support/machine.ts'

const built = (profile: string) => bench(buildMachine(loadProfiles([profile])))
const NIC = `/sys/bus/mdev/devices/${uuid(1)}`

const nic = (profile = 'my-nic', type?: string, address?: string) =>
  nicOf(buildMachine(loadProfiles([profile])), type, address)

function nicOf(built: Machine, type = 'my_nic-nic', address = '0000:00:05.0') {
  const { machine, sh } = bench(built)
  const types = `/sys/bus/pci/devices/${address}/mdev_supported_types/${type}`
  const count = sh.put(`${types}/create`, uuid(1))
  if (count !== 36) throw new Error('not created')
  const mdev = machine.mdevBus.mdevs.get(uuid(1))!
  const { ops } = mdev.mdevType.supports
  const opener = { uid: 0, gid: 0, pid: 1 }
  const tryOpen = () => {
    try {
      ops.openDevice!(mdev, opener)
      return 'open'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  return { machine, sh, types, tryOpen, close: () => ops.closeDevice!(mdev) }
}

test('RFC v2 as the mail walks through it', t => {
  const { sh, types, tryOpen, close } = nic()
  t.is(sh.cat(`${types}/migration/model`), 'vendor-a.com/my-nic\n')
  t.is(sh.cat(`${NIC}/migration/applied`), '0\n')
  t.is(sh.cat(`${NIC}/migration/params/num-queues`), '')
  t.is(sh.try(`${NIC}/migration/params/num-queues`, '4\n'), 2)
  t.is(sh.try(`${NIC}/migration/params/num-queues`, '3\n'), 'EINVAL')
  t.is(sh.try(`${NIC}/migration/params/nothing`, '1'), 'ENOENT')
  t.is(tryOpen(), 'EINVAL')
  t.is(sh.try(`${NIC}/migration/applied`, '2\n'), 'EINVAL')
  t.is(sh.try(`${NIC}/migration/applied`, '1\n'), 2)
  t.is(sh.try(`${NIC}/migration/params/num-queues`, '2\n'), 'EBUSY')
  t.is(tryOpen(), 'open')
  t.is(sh.try(`${NIC}/migration/applied`, '0\n'), 'EBUSY')
  t.is(sh.try(`${NIC}/migration/params/state-format`, '1\n'), 2)
  t.is(sh.cat(`${NIC}/migration/params/num-queues`), '4\n')
  t.is(sh.cat(`${types}/available_instances`), '12\n')
  close()
  t.is(sh.try(`${NIC}/migration/applied`, '0\n'), 2)
  t.is(sh.cat(`${NIC}/migration/params/num-queues`), '')
  t.is(sh.cat(`${types}/available_instances`), '15\n')
})

test('a parameter for which there is no room says ENOSPC', t => {
  const { sh, types } = nic()
  for (let n = 2; n <= 14; n++) sh.put(`${types}/create`, uuid(n))
  t.is(sh.try(`${NIC}/migration/params/num-queues`, '8'), 'ENOSPC')
  t.is(sh.cat(`${NIC}/migration/params/num-queues`), '')
  t.is(sh.try(`${NIC}/migration/params/num-queues`, '2'), 1)
})

interface V2 {
  applied: boolean
  open: boolean
  values: Map<string, string>
}

const ALLOWED = {
  'num-queues': ['1', '2', '4', '8'],
  'my-feature': ['on', 'off'],
  'state-format': ['1', '2'],
}

test('the state machine of RFC v2 does what its table says, whatever is done to it', t => {
  const params = fc.constantFrom(...(Object.keys(ALLOWED) as (keyof typeof ALLOWED)[]))
  const action = fc.oneof(
    fc.record({
      do: fc.constant('set' as const),
      param: params,
      text: fc.constantFrom('1', '2', '4', '9', 'on', 'off', '', 'x'),
    }),
    fc.record({ do: fc.constant('apply' as const), text: fc.constantFrom('0', '1', '1\n', '2', '\n') }),
    fc.record({ do: fc.constant('open' as const) }),
    fc.record({ do: fc.constant('close' as const) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), actions => {
      const { sh, tryOpen, close } = nic()
      const model: V2 = { applied: false, open: false, values: new Map() }
      for (const each of actions) {
        if (each.do === 'set') {
          const { param, text } = each
          const known = text === '' || ALLOWED[param].includes(text)
          const busy = model.open ? param !== 'state-format' : model.applied
          const answer = sh.try(`${NIC}/migration/params/${param}`, `${text}\n`)
          t.is(answer, known ? (busy ? 'EBUSY' : text.length + 1) : 'EINVAL')
          if (known && !busy) {
            if (text === '') model.values.delete(param)
            else model.values.set(param, text)
          }
        } else if (each.do === 'apply') {
          const answer = sh.try(`${NIC}/migration/applied`, each.text)
          const bit = each.text.trim()
          const good = bit === '0' || bit === '1'
          t.is(answer, good ? (model.open ? 'EBUSY' : each.text.length) : 'EINVAL')
          if (good && !model.open) {
            model.applied = bit === '1'
            if (bit === '0') model.values.clear()
          }
        } else if (each.do === 'open' && !model.open) {
          t.is(tryOpen(), model.applied ? 'open' : 'EINVAL')
          model.open = model.applied
        } else if (each.do === 'close' && model.open) {
          close()
          model.open = false
        }
        t.is(sh.cat(`${NIC}/migration/applied`), model.applied ? '1\n' : '0\n')
        for (const param of Object.keys(ALLOWED)) {
          const value = model.values.get(param)
          t.is(sh.cat(`${NIC}/migration/params/${param}`), value === undefined ? '' : `${value}\n`)
        }
      }
    }),
    { numRuns: 60 },
  )
})

/** A feature that needs more than one queue. */
const together = (rfc: string) => `mdevfs: 1
name: together
summary: a feature that wants queues
devices:
  - pci: "0000:00:05.0"
    driver: my_nic
    id: 1af4:10f0
    class: 0x020000
    resources: {queues: 16}
    types:
      - id: nic
        needs: {queues: 1}
        migration:
          rfc: ${rfc}
          model: vendor-a.com/my-nic
          params:
            num-queues: {type: int, init: 1, allowed: 1-8}
            rss: {type: bool, init: off, off: off, requires: {num-queues: 2-8}}
`

test('RFC v2: parameters that do not go together are refused when they are applied, and stay', t => {
  const { sh, tryOpen } = nicOf(buildMachine([profileOf(together('v2'))]))
  sh.put(`${NIC}/migration/params/rss`, 'on')
  t.is(sh.try(`${NIC}/migration/applied`, '1'), 'EINVAL')
  t.is(sh.cat(`${NIC}/migration/applied`), '0\n')
  t.is(sh.cat(`${NIC}/migration/params/rss`), 'on\n')
  t.is(tryOpen(), 'EINVAL')
  sh.put(`${NIC}/migration/params/num-queues`, '2')
  t.is(sh.try(`${NIC}/migration/applied`, '1'), 1)
  t.is(tryOpen(), 'open')
})

test('RFC v3: the same is refused when the device is opened', t => {
  const { sh, tryOpen } = nicOf(buildMachine([profileOf(together('v3'))]))
  sh.put(`${NIC}/migration/rss`, 'on')
  t.is(tryOpen(), 'EINVAL')
  sh.put(`${NIC}/migration/num-queues`, '2')
  t.is(tryOpen(), 'open')
})

test('RFC v2 through the file of the group: EINVAL until parameters are applied', t => {
  const { sh } = nic()
  const group = `/dev/vfio/${/\d+$/.exec(sh.readlink(`${NIC}/iommu_group`))![0]}`
  t.is(
    outcome(() => sh.open(group)),
    'EINVAL',
  )
  sh.put(`${NIC}/migration/applied`, '1')
  const file = sh.open(group)
  t.is(sh.try(`${NIC}/migration/applied`, '0'), 'EBUSY')
  file.release()
  t.is(sh.try(`${NIC}/migration/applied`, '0'), 1)
})

test('migration_version of a parent that does not migrate: ENODEV, whoever asks', t => {
  const { sh, types } = nicOf(
    buildMachine([
      profileOf(
        together('v2').replace(
          'rfc: v2',
          'migration_version: {device: x, type: x, unsupported: yes}\n          rfc: v2',
        ),
      ),
    ]),
  )
  for (const file of [`${types}/migration_version`, `${NIC}/migration_version`]) {
    t.is(
      outcome(() => sh.cat(file)),
      'ENODEV',
    )
    t.is(sh.try(file, 'x'), 'ENODEV')
  }
})

test('RFC v3: usable at once, parameters read their init_value, the type tells them as JSON', t => {
  const { sh, types, tryOpen } = nic('my-nic-v3')
  t.is(sh.cat(`${NIC}/migration/new-feature`), 'on\n')
  t.is(sh.try(`${NIC}/migration/new-feature`, 'off\n'), 4)
  t.is(sh.try(`${NIC}/migration/num-resources`, '32'), 'EINVAL')
  t.like(JSON.parse(sh.cat(`${types}/migration_info.json`)), {
    models: {
      'vendor-a.com/my-nic': { params: { 'num-resources': { init_value: 64, allowed_values: [64] } } },
    },
  })
  t.is(tryOpen(), 'open')
  t.is(sh.try(`${NIC}/migration/new-feature`, 'on'), 'EBUSY')
  t.is(sh.cat(`${NIC}/migration/new-feature`), 'off\n')
})

test('RFC v4: writing a model resets the version', t => {
  const { sh, types, tryOpen } = nic('my-nic-v3', 'my_nic-gfx')
  t.is(
    sh.cat(`${types}/migration_device_models`),
    'org.project/graphics-card:\n4GB-v1\n4GB-v2\norg.project/frame-buffer:\nv1\n',
  )
  t.is(sh.cat(`${NIC}/migration/version`), '4GB-v2\n')
  t.is(sh.try(`${NIC}/migration/version`, 'v1'), 'EINVAL')
  t.is(sh.try(`${NIC}/migration/device_model`, 'org.project/frame-buffer\n'), 25)
  t.is(sh.cat(`${NIC}/migration/version`), 'v1\n')
  t.is(sh.try(`${NIC}/migration/device_model`, 'other'), 'EINVAL')
  t.is(tryOpen(), 'open')
  t.is(sh.try(`${NIC}/migration/version`, 'v1'), 'EBUSY')
})

test('migration_version takes its own string, with and without newline, and logs why not another', t => {
  const { machine, sh, types } = nic('gvtg-pdev1', 'i915-GVTg_V5_4', '0000:00:02.0')
  const own = '8086-5912-GVTg_V5_4-00000001'
  for (const file of [`${types}/migration_version`, `${NIC}/migration_version`]) {
    t.is(sh.cat(file), `${own}\n`)
    t.is(sh.try(file, own), own.length)
    t.is(sh.try(file, `${own}\n`), own.length + 1)
    for (const bad of ['8086-5912-GVTg_V5_2-00000001', '\n', 'é', 'x'.repeat(4096)])
      t.is(sh.try(file, bad), 'EINVAL')
    t.is(sh.cat(file), `${own}\n`)
  }
  t.true(machine.kernel.messages.some(line => line.includes('vgpu type not matched')))
})

test('self follows the device at once, in every form', t => {
  const one = nic('gvtg-pdev1', 'i915-GVTg_V5_4', '0000:00:02.0').sh
  const two = nic('gvtg-pdev2', 'i915-GVTg_V5_8', '0000:00:02.0').sh
  t.is(one.cat(`${NIC}/migration/self/aggregator`), '1\n')
  for (const sh of [one, two]) sh.put(`${NIC}/intel_vgpu/aggregator`, '2')
  t.is(one.cat(`${NIC}/migration/self/aggregator`), '2\n')
  t.is(one.cat(`${NIC}/migration/compatible1/type`), 'i915-GVTg_V5_{val1:int:4,8}\n')
  t.is(
    two.cat(`${NIC}/migration/self`),
    'software_version=1.0.0\ndevice_api=vfio-pci\ntype=i915-GVTg_V5_8\npci_id=8086591d\naggregator=2\n',
  )
  t.regex(two.cat(`${NIC}/migration_compatible`), /^SELF:\n\tsoftware_version=1\.0\.0\n[\s\S]*COMPATIBLE:\n/)
})

test('virtual functions carry them too, and a function that is found again', t => {
  const text = readFileSync(builtinFile('nic-sriov'), 'utf8').replace(
    '    vf:\n',
    '    migration: {migration_version: pf}\n    vf:\n      migration: {migration_version: "{pci_id}-vf"}\n',
  )
  const { sh } = bench(buildMachine([profileOf(text)]))
  const pf = '/sys/bus/pci/devices/0000:01:00.0'
  sh.put(`${pf}/sriov_numvfs`, '1')
  t.is(sh.cat(`${pf}/migration_version`), 'pf\n')
  t.is(sh.cat(`${pf}/virtfn0/migration_version`), '808610ca-vf\n')
  t.is(sh.try(`${pf}/virtfn0/migration_version`, 'pf'), 'EINVAL')
  sh.put(`${pf}/remove`, '1')
  sh.put('/sys/bus/pci/rescan', '1')
  t.is(sh.cat(`${pf}/migration_version`), 'pf\n')
})

test('a physical function carries the same files', t => {
  const { sh } = built('nvme-vf')
  const nvme = '/sys/bus/pci/devices/0000:01:00.1'
  t.is(sh.cat(`${nvme}/migration/self/remote_url`), 'nvmeof://10.0.0.7/volume1\n')
  t.is(sh.cat(`${nvme}/migration_version`), '80865845-1-nvmeof://10.0.0.7/volume1\n')
  t.true(sh.exists(`${nvme}/migration/compatible`))
})
