import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { libvirt, libvirtTest, mdevfsAs, USERS } from '../support/libvirt.ts'

const UUID = '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'
const PARENT = '0000:00:02.0'
const NODE = `mdev_${UUID.replaceAll('-', '_')}_0000_00_02_0`
const DEFINITION = join(tmpdir(), `mdevfs-test-${process.pid}.xml`)

test.before(() => {
  const capability = `<capability type='mdev'><type id='i915-GVTg_V5_4'/><uuid>${UUID}</uuid></capability>`
  writeFileSync(DEFINITION, `<device><parent>pci_0000_00_02_0</parent>${capability}</device>\n`)
})

test.after.always(() => rmSync(DEFINITION, { force: true }))

for (const who of USERS) {
  libvirtTest(who)(`${who}: what virsh lists is what the tree has`, async t => {
    const { code, stdout, stderr } = await libvirt(
      `
    virsh -q nodedev-list --cap mdev_types
    virsh -q nodedev-list --cap pci
    virsh nodedev-dumpxml pci_0000_00_02_0
    for type in /sys/class/mdev_bus/${PARENT}/mdev_supported_types/*; do echo "\${type##*/} $(cat $type/available_instances)"; done`,
      { who },
    )
    t.is(stderr, '')
    t.is(code, 0)
    t.regex(stdout, /^pci_0000_00_02_0\n+pci_0000_00_02_0\n/)
    t.regex(stdout, /<name>i915<\/name>/)
    t.regex(stdout, /<product id='0x5912'>/)
    const types = [...stdout.matchAll(/<type id='([^']+)'>(?:.|\n)*?<availableInstances>(\d+)</g)]
    t.is(types.length, 4)
    for (const [, type, available] of types) t.true(stdout.includes(`${type} ${available}\n`), type)
  })

  libvirtTest(who)(
    `${who}: virsh creates and destroys a vGPU, and the counters in the XML follow`,
    async t => {
      const { code, stdout, stderr } = await libvirt(
        `
    virsh -q nodedev-create ${DEFINITION}
    virsh -q nodedev-list --cap mdev
    virsh nodedev-dumpxml ${NODE} | grep -E '<(uuid|parent_addr|iommuGroup|type) '
    virsh nodedev-dumpxml ${NODE} | grep uuid
    readlink /sys/bus/mdev/devices/${UUID}/mdev_type
    virsh nodedev-dumpxml pci_0000_00_02_0 | grep -A3 "'i915-GVTg_V5_4'" | grep available
    virsh -q nodedev-destroy ${NODE}
    ls /sys/bus/mdev/devices
    virsh nodedev-dumpxml pci_0000_00_02_0 | grep -A3 "'i915-GVTg_V5_4'" | grep available`,
        { who },
      )
      t.is(stderr, '')
      t.is(code, 0)
      t.true(stdout.startsWith(`${NODE}\n`))
      t.regex(stdout, new RegExp(`<uuid>${UUID}</uuid>`))
      t.regex(stdout, /\.\.\/mdev_supported_types\/i915-GVTg_V5_4\n/)
      t.deepEqual(stdout.match(/<availableInstances>\d/g), ['<availableInstances>4', '<availableInstances>5'])
    },
  )

  libvirtTest(who)(
    `${who}: define, start, autostart, destroy, undefine; events of what mdevctl does by itself`,
    async t => {
      const { code, stdout, stderr } = await libvirt(
        `
    virsh -q nodedev-define ${DEFINITION}
    virsh -q nodedev-list --inactive
    virsh -q nodedev-start ${NODE}
    virsh -q nodedev-autostart ${NODE}
    virsh nodedev-info ${NODE}
    virsh nodedev-event --loop --event lifecycle > /run/events &
    events=$!
    sleep 1
    mdevctl stop -u ${UUID}
    sleep 1
    mdevctl start -u ${UUID}
    sleep 1
    virsh -q nodedev-destroy ${NODE}
    virsh -q nodedev-undefine ${NODE}
    sleep 1
    kill $events
    cat /run/events
    mdevctl list
    mdevctl list -d`,
        { who },
      )
      t.is(stderr, '')
      t.is(code, 0)
      t.true(stdout.startsWith(`${NODE}\n`))
      t.regex(stdout, /Active: +yes\nPersistent: +yes\nAutostart: +yes\n/)
      const events = [...stdout.matchAll(/for node device mdev_\S+: (\w+)/g)].map(([, event]) => event)
      t.deepEqual(events.slice(0, 3), ['Deleted', 'Created', 'Deleted'])
    },
  )

  libvirtTest(who)(`${who}: cards, queues and the matrix of the AP bus are node devices`, async t => {
    const { code, stdout, stderr } = await libvirt(
      `for capability in ap_card ap_queue ap_matrix mdev_types; do virsh -q nodedev-list --cap $capability | grep .; done
    virsh nodedev-dumpxml ap_04_0016
    virsh nodedev-dumpxml ap_matrix`,
      { who, options: ['--profile', 'ap-small'] },
    )
    t.is(stderr, '')
    t.is(code, 0)
    for (const card of ['03', '04', '05', '06']) t.true(stdout.includes(`ap_card${card}\n`))
    for (const queue of ['03_0004', '04_0016', '06_0047']) t.true(stdout.includes(`ap_${queue}\n`))
    t.regex(stdout, /<ap-adapter>0x04<\/ap-adapter>/)
    t.regex(stdout, /<type id='vfio_ap-passthrough'>/)
  })

  libvirtTest(who)(`${who}: a rule of udev sees the parent being registered`, async t => {
    const { code, stdout, stderr } = await mdevfsAs(
      who,
      'run',
      '--udev',
      '--',
      'sh',
      '-ec',
      `mkdir -p /run/udev/rules.d
    echo 'ACTION=="change", ENV{MDEV_STATE}=="registered", RUN+="/bin/touch /run/registered-%k"' > /run/udev/rules.d/50-test.rules
    udevadm control --reload
    echo ${PARENT} > /sys/bus/pci/drivers/i915/unbind
    test ! -e /sys/class/mdev_bus/${PARENT}
    echo ${PARENT} > /sys/bus/pci/drivers/i915/bind
    udevadm settle
    ls /run | grep registered`,
    )
    t.is(stderr, '')
    t.is(code, 0)
    t.is(stdout, `registered-${PARENT}\n`)
  })

  libvirtTest(who)(
    `${who}: udevadm trigger --settle comes back: events carry the UUID that it gave`,
    async t => {
      const { code, stdout } = await mdevfsAs(
        who,
        'run',
        '--udev',
        '--',
        'sh',
        '-ec',
        'udevadm trigger --action=change --settle /sys/class/mdev_bus/*; echo settled',
      )
      t.is(code, 0)
      t.is(stdout, 'settled\n')
    },
  )
}
