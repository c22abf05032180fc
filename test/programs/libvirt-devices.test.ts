import type { ExecutionContext } from 'ava'
import { libvirt, libvirtTest, USERS, type Who } from '../support/libvirt.ts'
import { uuid } from '../support/machine.ts'

/** All of a machine's devices: what virsh says of each, and files of its directory. */
const DUMP = `
  target() { if [ -L $1 ]; then basename $(readlink $1); fi; }
  for device in $(virsh -q nodedev-list); do
    [ $device = computer ] && continue
    echo "### $device"
    virsh nodedev-dumpxml $device > /run/xml
    cat /run/xml
    path=$(sed -n 's/.*<path>\\(.*\\)<.path>.*/\\1/p' /run/xml)
    echo "path=$path"
    echo "driver=$(target $path/driver)"
    echo "parent=$(basename $(dirname $path))"
    echo "mdev_type=$(target $path/mdev_type)"
    echo "iommu_group=$(target $path/iommu_group)"
    for file in vendor device class dev_busid sriov_totalvfs numa_node; do
      if [ -e $path/$file ]; then echo "$file=$(cat $path/$file)"; fi
    done
    for type in $path/mdev_supported_types/*; do
      if [ -e $type ]; then echo "type=$(basename $type) $(cat $type/name) $(cat $type/device_api) $(cat $type/available_instances)"; fi
    done
  done`

interface Dumped {
  readonly xml: string
  /** The values of a fact, one for each line of it. */
  facts(name: string): string[]
  fact(name: string): string
}

async function dump(
  t: ExecutionContext,
  who: Who,
  profile: string,
  before = '',
): Promise<ReadonlyMap<string, Dumped>> {
  const { stdout, stderr, code } = await libvirt(`${before}\n${DUMP}`, {
    who,
    options: ['--profile', profile],
  })
  t.is(stderr, '')
  t.is(code, 0)
  const devices = new Map<string, Dumped>()
  for (const text of stdout.split(/^### /m).slice(1)) {
    const name = text.slice(0, text.indexOf('\n'))
    const facts = (fact: string) =>
      [...text.matchAll(new RegExp(`^${fact}=(.*)$`, 'gm'))].map(([, value]) => value!)
    devices.set(name, { xml: text, facts, fact: fact => facts(fact)[0] ?? '' })
  }
  return devices
}

/** Texts of an element, in their order. */
function texts(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}[^>]*>([^<]*)</${tag}>`, 'g'))].map(([, text]) => text!)
}

/** Of what the XML of any device says, all that the tree has. */
function sameAsTree(t: ExecutionContext, devices: ReadonlyMap<string, Dumped>): Map<string, number> {
  const kinds = new Map<string, number>()
  for (const [name, { xml, fact, facts }] of devices) {
    const [, kind] = /<capability type='(\w+)'>/.exec(xml)!
    kinds.set(kind!, (kinds.get(kind!) ?? 0) + 1)
    const driver = /<driver>\s*<name>(.*?)<\/name>/.exec(xml)?.[1] ?? ''
    t.is(driver, fact('driver'), name)
    const types = [
      ...xml.matchAll(
        /<type id='(.*?)'>\s*<name>(.*?)<\/name>\s*<deviceAPI>(.*?)<\/deviceAPI>\s*<availableInstances>(\d+)</g,
      ),
    ]
    t.deepEqual(types.map(([, ...each]) => each.join(' ')).sort(), facts('type').sort(), name)
    const address = fact('path').split('/').at(-1)!
    if (kind === 'pci') {
      const [domain, bus, slot, func] = ['domain', 'bus', 'slot', 'function'].map(tag =>
        Number(texts(xml, tag)[0]),
      )
      const hex = (value: number | undefined, digits: number) => value!.toString(16).padStart(digits, '0')
      t.is(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${func}`, address)
      t.is(/<vendor id='(\w+)'/.exec(xml)![1], fact('vendor'))
      t.is(/<product id='(\w+)'/.exec(xml)![1], fact('device'))
      t.is(texts(xml, 'class')[0], fact('class'))
      t.is(/<iommuGroup number='(\d+)'>/.exec(xml)?.[1] ?? '', fact('iommu_group'))
      if (Number(fact('sriov_totalvfs')) > 0)
        t.is(/<capability type='virt_functions' maxCount='(\d+)'/.exec(xml)?.[1], fact('sriov_totalvfs'))
    } else if (kind === 'css' || kind === 'ccw') {
      const [cssid, ssid, devno] = ['cssid', 'ssid', 'devno'].map(tag => texts(xml, tag)[0]!.slice(2))
      t.is(`${cssid}.${ssid}.${devno}`, address)
      if (kind === 'css') {
        const behind = /<channel_dev_addr>\s*<cssid>0x(.*?)<.*\s*<ssid>0x(.*?)<.*\s*<devno>0x(.*?)</.exec(xml)
        t.is(behind?.slice(1).join('.') ?? 'none', fact('dev_busid'), name)
      } else t.is(texts(xml, 'parent')[0], `css_${fact('parent').replaceAll('.', '_')}`)
    } else if (kind === 'mdev') {
      t.is(/<type id='(.*?)'/.exec(xml)![1], fact('mdev_type'))
      t.is(texts(xml, 'uuid')[0], address)
      t.is(/<iommuGroup number='(\d+)'/.exec(xml)![1], fact('iommu_group'))
    } else if (kind === 'ap_card') {
      t.is(`card${texts(xml, 'ap-adapter')[0]!.slice(2)}`, address)
    } else if (kind === 'ap_queue') {
      t.is(`${texts(xml, 'ap-adapter')[0]!.slice(2)}.${texts(xml, 'ap-domain')[0]!.slice(2)}`, address)
    } else t.is(kind, 'ap_matrix')
  }
  return kinds
}

const create = (path: string) => `echo ${uuid(1)} > ${path}/create; udevadm settle; sleep 1`

for (const who of USERS) {
  libvirtTest(who)(`${who}: a GPU and its vGPU, as XML and as files`, async t => {
    const parent = '/sys/class/mdev_bus/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_4'
    const kinds = sameAsTree(t, await dump(t, who, 'gvtg-kabylake', create(parent)))
    t.deepEqual(Object.fromEntries(kinds), { pci: 1, mdev: 1 })
  })

  libvirtTest(who)(
    `${who}: subchannels, ccw devices and an mdev of vfio_ccw, as XML and as files`,
    async t => {
      const type = '/sys/bus/css/devices/0.0.0313/mdev_supported_types/vfio_ccw-io'
      const devices = await dump(t, who, 'ccw-small', create(type))
      const kinds = sameAsTree(t, devices)
      // libvirt lists ccw devices that are online, and no chsc or adm subchannels
      t.deepEqual(Object.fromEntries(kinds), { css: 14, ccw: 5, mdev: 1 })
    },
  )

  libvirtTest(who)(
    `${who}: crypto cards, queues, the matrix and an mdev of it, as XML and as files`,
    async t => {
      const type = '/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough'
      const kinds = sameAsTree(t, await dump(t, who, 'ap-small', create(type)))
      t.deepEqual(Object.fromEntries(kinds), { ap_card: 4, ap_queue: 12, ap_matrix: 1, mdev: 1 })
    },
  )

  libvirtTest(who)(`${who}: --tree has each device below the one that it is below in /sys`, async t => {
    const { stdout, stderr } = await libvirt('virsh -q nodedev-list --tree', {
      who,
      options: ['--profile', 'nic-sriov'],
    })
    t.is(stderr, '')
    t.is(
      stdout.replaceAll(/ +$/gm, '').trim(),
      `computer
  |
  +- pci_0000_00_06_0
      |
      +- pci_0000_01_00_0`,
    )
  })

  libvirtTest(who)(`${who}: nodedev-detach, -reset and -reattach of a PCI function`, async t => {
    const device = '/sys/bus/pci/devices/0000:01:00.0'
    const { stdout, stderr, code } = await libvirt(
      `look() { basename $(readlink ${device}/driver); cat ${device}/driver_override; }
      virsh -q nodedev-list --cap pci
      virsh -q nodedev-detach pci_0000_01_00_0
      look
      virsh -q nodedev-reset pci_0000_01_00_0
      virsh -q nodedev-reattach pci_0000_01_00_0
      look`,
      { who, options: ['--qemu', '--profile', 'nic-sriov', '--profile', 'vfio-pci'] },
    )
    t.is(stderr, '')
    t.is(code, 0)
    const said = stdout.split('\n').filter(line => line !== '' && !line.startsWith('Device '))
    t.deepEqual(said, ['pci_0000_00_06_0', 'pci_0000_01_00_0', 'vfio-pci', 'vfio-pci', 'igb', '(null)'])
  })

  libvirtTest(who)(`${who}: a matrix is defined with attributes, started, and has them`, async t => {
    const name = `mdev_${uuid(1).replaceAll('-', '_')}_matrix`
    const attributes = [
      ['assign_adapter', '4'],
      ['assign_domain', '0x16'],
    ].map(([key, value]) => `<attr name='${key}' value='${value}'/>`)
    const { stdout, stderr, code } = await libvirt(
      `cat > /run/matrix.xml <<'EOF'
<device><parent>ap_matrix</parent><capability type='mdev'><type id='vfio_ap-passthrough'/><uuid>${uuid(1)}</uuid>${attributes.join('')}</capability></device>
EOF
      virsh -q nodedev-define /run/matrix.xml
      virsh -q nodedev-start ${name}
      cat /sys/bus/mdev/devices/${uuid(1)}/matrix
      virsh nodedev-dumpxml ${name} | grep attr
      virsh -q nodedev-autostart ${name}
      mdevctl list -d
      virsh -q nodedev-destroy ${name}
      virsh -q nodedev-undefine ${name}
      echo the end
      mdevctl list -d
      ls /sys/bus/mdev/devices`,
      { who, options: ['--profile', 'ap-small'] },
    )
    t.is(stderr, '')
    t.is(code, 0)
    t.regex(stdout, /^04\.0016$/m)
    t.regex(stdout, /<attr name='assign_adapter' value='4'\/>\n *<attr name='assign_domain' value='0x16'\/>/)
    t.regex(stdout, new RegExp(`${uuid(1)} matrix vfio_ap-passthrough auto`))
    t.true(stdout.trimEnd().endsWith('the end'), stdout)
  })
}

for (const who of USERS)
  libvirtTest(who)(`${who}: what is to start by itself does, when its parent is registered`, async t => {
    const name = `mdev_${uuid(1).replaceAll('-', '_')}_0000_00_02_0`
    const driver = '/sys/bus/pci/drivers/i915'
    const { stdout, stderr, code } = await libvirt(
      `mdevctl define -u ${uuid(1)} -p 0000:00:02.0 -t i915-GVTg_V5_8
      mdevctl define -u ${uuid(2)} -p 0000:00:02.0 -t i915-GVTg_V5_8
      until virsh -q nodedev-autostart ${name} 2> /dev/null; do sleep 0.1; done
      echo 0000:00:02.0 > ${driver}/unbind
      echo 0000:00:02.0 > ${driver}/bind
      udevadm settle
      echo started; ls /sys/bus/mdev/devices`,
      { who },
    )
    t.is(stderr, '')
    t.is(code, 0)
    t.is(stdout.slice(stdout.indexOf('started')), `started\n${uuid(1)}\n`)
  })

const ROUNDS = 60

libvirtTest('root')(
  'hundreds of rounds by virsh and mdevctl at once: lists and tree agree at the end',
  async t => {
    const parent = '0000:00:02.0'
    const name = (n: number) => `mdev_${uuid(n).replaceAll('-', '_')}_0000_00_02_0`
    const byVirsh = [1, 2]
    const byMdevctl = [3, 4]
    const rounds = (start: string, stop: string) =>
      `( i=0; while [ $i -lt ${ROUNDS} ]; do ${start}; ${stop}; i=$((i + 1)); done; ${start} ) > /dev/null & workers="$workers $!"`
    // libvirt learns from udev what it did itself, a moment later
    const { stdout, stderr, code } = await libvirt(`
    patiently() { for try in 1 2 3 4 5 6 7 8 9 10 11 12; do "$@" 2> /dev/null && return; sleep 0.1; done; "$@"; }
    for n in ${byVirsh.map(uuid).join(' ')} ${byMdevctl.map(uuid).join(' ')}; do
      mdevctl define -u $n -p ${parent} -t i915-GVTg_V5_8
    done
    until [ $(virsh -q nodedev-list --cap mdev --inactive | wc -l) = 4 ]; do sleep 0.2; done
    ${byVirsh.map(n => rounds(`patiently virsh -q nodedev-start ${name(n)}`, `patiently virsh -q nodedev-destroy ${name(n)}`)).join('\n')}
    ${byMdevctl.map(n => rounds(`mdevctl start -u ${uuid(n)}`, `mdevctl stop -u ${uuid(n)}`)).join('\n')}
    wait $workers
    patiently virsh -q nodedev-destroy ${name(2)}
    mdevctl stop -u ${uuid(4)}
    udevadm settle
    sleep 2
    echo virsh; virsh -q nodedev-list --cap mdev
    echo mdevctl; mdevctl list
    echo tree; ls /sys/bus/mdev/devices
    echo left; cat /sys/class/mdev_bus/${parent}/mdev_supported_types/i915-GVTg_V5_8/available_instances
    virsh nodedev-dumpxml pci_0000_00_02_0 | grep -A3 "'i915-GVTg_V5_8'" | grep available`)
    t.is(stderr, '')
    t.is(code, 0)
    const part = (from: string, to: string) =>
      stdout.slice(stdout.indexOf(`${from}\n`), stdout.indexOf(`${to}\n`))
    const there = [uuid(1), uuid(3)]
    t.deepEqual(
      part('virsh', 'mdevctl')
        .match(/mdev_\S+/g)!
        .sort(),
      [name(1), name(3)],
    )
    t.deepEqual(
      part('mdevctl', 'tree')
        .match(/^83\S+/gm)!
        .sort(),
      there,
    )
    t.deepEqual(
      part('tree', 'left')
        .match(/^83\S+/gm)!
        .sort(),
      there,
    )
    t.regex(stdout, /left\n5\n.*<availableInstances>5</)
  },
)
