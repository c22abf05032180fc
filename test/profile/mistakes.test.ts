import test from 'ava'
import { complaints, withHead } from './support.ts'

/** Line, column and words of everything that is wrong with a profile, in this order. */
const mistakes = test.macro((t, text: string, expected: readonly string[]) => {
  t.deepEqual(complaints(text), [...expected])
})

test(
  'an address without its domain',
  mistakes,
  withHead(`devices:
  - pci: "00:02.0"
    id: 8086:5912
    class: 030000
`),
  ['5:10 00:02.0 lacks the domain; write 0000:00:02.0'],
)

test(
  'values of PCI devices',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
    id: 8086:591x
    class: 0x03000000
    revision: xyz
    drvier: i915
`),
  [
    '6:9 "8086:591x" is not two ids such as 8086:5912',
    '7:12 0x03000000 is not from 0x0 to 0xffffff',
    '8:15 "xyz" is not a hexadecimal number such as 0x04',
    '9:5 unknown key "drvier"; did you mean "driver"?',
  ],
)

test(
  'a device without identity',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
`),
  ['5:5 give the id of the device, or its config', '5:5 give the class of the device, or its config'],
)

test(
  'a device of two kinds',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
    sample: mtty
`),
  ['8:5 a device is of one kind, and this one has "pci" and "sample"'],
)

test(
  'the same device twice',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
`),
  ['8:10 pci 0000:00:02.0 is already described on line 5; leave one of them out'],
)

test(
  'pools, types and attributes',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
    driver: i915
    resources: {low_gm: 896MB, high_gm: 2688, fence: lots, vgpu: {total: 7, frist_id: 1, errno: ENOSPACE}}
    types:
      - id: a
        needs: {low_gmm: 128MB, fence: 1}
        attributes:
          x/y/z: 1
          ok: {kind: int, default: 9, allowed: 1-8, writable: whenever, multiplies: [low_gm, high_gm]}
          e: {kind: enum, default: a}
          f: {kind: int, default: 1, allowed: [1-x]}
          g: {kind: int, allowed: 8-1}
          h: {multiplies: fence}
          i: "{id:fence} {foo}"
          j: {kind: list, default: 0-3}
          k: {kind: bitmap, bits: 8, default: 1ff}
          l: {kind: int, bits: 8, default: 1}
          m: {kind: list, bits: 8, default: 1, allowed: 1-2}
          n: {kind: {default: 1}}
      - id: a
        device_api: vfio-cww
        needs: {fence: 1}
        aggregates: [low]
      - {id: b, needs: {fence: 0}, device_api: vfio-ccw}
      - name: c
`),
  [
    '9:54 "lots" is not a number or a size such as 28 or 256MB',
    '9:77 unknown key "frist_id"; did you mean "first_id"?',
    '9:97 "ENOSPACE" is not the name of an errno such as ENOSPC',
    '12:17 there is no pool "low_gmm" in resources; did you mean "low_gm"?',
    '14:11 "x/y/z" is not the name of an attribute, or of a group and an attribute, such as vendor/memory',
    '15:36 a device takes its share once at first, so the default is 1, not "9"',
    '15:36 "9" is not what the attribute itself would take',
    '15:63 "whenever" is not one of always, while closed, never',
    '15:86 the type takes nothing of "low_gm", see its needs; did you mean "low_gmm"?',
    '15:94 the type takes nothing of "high_gm", see its needs',
    '16:14 an enum needs the words it takes; add allowed',
    '17:48 "1-x" is no range of numbers such as 1-8',
    '18:35 8-1 runs backwards',
    '19:27 only an attribute of the kind int can multiply; add kind: int',
    '20:14 "{foo}" can not be filled in; known are {uuid}, {type}, {parent} and {id:POOL}',
    '20:14 "fence" is no pool of numbers; one that is has a first_id in resources',
    '21:14 how wide is it? A list needs bits',
    '22:47 "1ff" is not what the attribute itself would take',
    '23:26 only a bitmap or a list has bits; leave them out',
    '24:57 a list takes every set of its bits; leave allowed out',
    '25:21 "kind" has to be one of int, hex, bool, string, enum, mask, bitmap, list, not a map',
    '26:13 there is a type "a" on line 11 already; give each an id of its own',
    '27:21 "vfio-cww" is not one of vfio-pci, vfio-platform, vfio-amba, vfio-ccw, vfio-ap; did you mean "vfio-ccw"?',
    '29:22 the type takes nothing of "low", see its needs',
    '30:9 nothing limits this type; give it needs from the resources, or give the device a number of instances',
    '30:48 all types of a device have the same device_api, and the first has vfio-pci',
    '31:9 "id" is missing; it has to be a name as sysfs has them, of printable characters without blanks or slashes',
    '31:9 nothing limits this type; give it needs from the resources, or give the device a number of instances',
  ],
)

test(
  'types without driver or limit',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
    types: [{id: a}]
`),
  [
    '5:5 types of mdevs come from a driver; say which, with driver',
    '8:13 nothing limits this type; give it needs from the resources, or give the device a number of instances',
  ],
)

test(
  'BARs and GVT-g',
  mistakes,
  withHead(`devices:
  - pci: "0000:00:02.0"
    driver: i915
    id: 8086:5912
    class: 0x030000
    bars: {2: {memory: 0x80000000, size: 256MB, width: 64}, 3: {io: 1, memory: 2, size: 3}, 9: {size: 4}, rom: {size: 4, width: 64}, 0: {memory: 1, size: 16}}
    gvt: {graphics_version: 7, aperture: 512MB, types: []}
    types: []
`),
  [
    '9:61 BAR 2 has 64 bits and takes this one too',
    '9:65 a BAR decodes memory or I/O ports, not both',
    '9:89 the size of a BAR is a power of two, from 4 bytes',
    '9:93 "9" is not the number of a BAR, 0 to 5, or rom',
    '9:112 what does it decode? Add memory or io with an address',
    '9:129 BAR "rom" can not have 64 bits',
    '9:146 a BAR starts at a multiple of its size, 0x10',
    '10:29 "7" is not one of 8, 9',
    '10:42 the aperture is BAR 2, which has 256MB',
    '10:49 unknown key "types"; known here: graphics_version, aperture, ggtt, attributes, aggregation, migration',
    '11:5 they follow from gvt; leave one of them out',
  ],
)

test(
  'bridges that do not lead there',
  mistakes,
  withHead(`devices:
  - pci: "0000:01:00.0"
    id: 8086:5912
    class: 0x030000
    under: "0000:00:1c.0"
  - pci: "0000:02:00.0"
    id: 8086:5912
    class: 0x030000
    under: "0000:01:00.0"
  - pci: "0000:00:1c.1"
    id: 8086:5912
    class: 0x060400
    bridge: 3
  - pci: "0000:05:00.0"
    id: 8086:5912
    class: 0x030000
    under: "0000:00:1c.1"
`),
  [
    '8:12 the machine has no device "0000:00:1c.0"; did you mean "0000:00:1c.1"?',
    '12:12 0000:01:00.0 is no bridge; add bridge to it, with the number of the bus behind it',
    '20:12 0000:00:1c.1 leads to bus 0000:03, and 0000:05:00.0 is on another',
  ],
)

test(
  'configuration space',
  mistakes,
  withHead(`devices:
  - pci: "0000:01:00.0"
    config: |
      00: 86 80 12 59
      zz
  - pci: "0000:01:00.1"
    config: |
      00: 86 80 12 59
  - pci: "0000:01:00.2"
    id: 8086:5913
    class: 0x020000
    config: |
      00: 86 80 12 59 07 04 10 00 04 00 00 03 10 00 00 00
      30: 00 00 00 00 90 00 00 00 00 00 00 00 ff 01 00 00
`),
  [
    '8:7 "zz" is no line such as 00: 86 80 12 59',
    '10:13 the header, the first 64 bytes, has to be there',
    '13:9 config says vendor 0x8086 and device 0x5912; leave the id out',
    '14:12 config says class 0x030000; leave it out here',
  ],
)

test(
  'IOMMU groups',
  mistakes,
  withHead(`iommu_groups:
  0: ["0000:00:02.0"]
  1: []
  2: {devices: sample, tpye: DMA}
  3: sample
`),
  [
    '6:3 a group without devices does not exist; leave it out',
    '7:24 unknown key "tpye"; did you mean "type"?',
    '8:6 a device is in one group, and sample is in group 2 on line 7',
  ],
)

test(
  'a map where a list belongs',
  mistakes,
  withHead(`devices: {}
`),
  ['4:10 "devices" has to be a list of devices, not a map'],
)

test(
  'nothing where a list belongs',
  mistakes,
  withHead(`devices:
`),
  ['4:9 "devices" has to be a list of devices, not nothing'],
)

test(
  'another version of the format',
  mistakes,
  `mdevfs: 2
name: x
summary: y
`,
  ['1:9 this is version 2 of the format, and 1 is what is known here'],
)

test(
  'a file that is no profile',
  mistakes,
  `name: x
`,
  [
    '1:1 "mdevfs" is missing; it has to be 1, the version of the format',
    '1:1 "summary" is missing; it has to be one line of text',
  ],
)

test(
  'a list',
  mistakes,
  `[]
`,
  ['1:1 a profile has to be a map that begins with mdevfs: 1, not a list'],
)

test(
  'a word',
  mistakes,
  `foo
`,
  ['1:1 a profile has to be a map that begins with mdevfs: 1, not "foo"'],
)

test(
  'an empty file',
  mistakes,
  `
`,
  ['1:1 a profile has to be a map that begins with mdevfs: 1, not nothing'],
)

test(
  'two lines where one belongs',
  mistakes,
  `mdevfs: 1
name: x
summary: |
  a
  b
`,
  ['3:10 "a\\nb\\n" is not one line of text'],
)

test(
  'names of attributes that are taken',
  mistakes,
  withHead(`
devices:
  - pci: "0000:00:02.0"
    id: 8086:5912
    class: 0x030000
    driver: i915
    gvt:
      graphics_version: 9
      aperture: 1024MB
      attributes: {uevent: 1, power/x: 1, a: 1, a/b: 1, intel_vgpu: 1, intel_vgpu/vgpu_id: 1}
`),
  [
    '13:20 every mdev has "uevent" already; choose another name',
    '13:31 every mdev has "power" already; choose another name',
    '13:43 "a" is a group, of which there are attributes; choose another name',
    '13:57 "intel_vgpu" is a group, of which there are attributes; choose another name',
    '13:57 GVT-g has "intel_vgpu" itself; choose another name',
    '13:72 GVT-g has "intel_vgpu/vgpu_id" itself; choose another name',
  ],
)

test(
  'buses that two lead to',
  mistakes,
  withHead(`devices:
  - {pci: "0000:00:01.0", id: 8086:a110, class: 0x060400, bridge: 01}
  - {pci: "0000:00:02.0", id: 8086:a110, class: 0x060400, bridge: 01}
  - {pci: "0000:00:03.0", id: 8086:a110, class: 0x060400, bridge: 00}
  - {pci: "0000:01:00.0", id: 8086:1521, class: 0x020000}
`),
  [
    '5:11 bus 0000:00 is behind 0000:00:03.0; add under: "0000:00:03.0", or give the device another bus',
    '6:11 it leads to bus 0000:01, as 0000:00:01.0 does already',
    '6:11 bus 0000:00 is behind 0000:00:03.0; add under: "0000:00:03.0", or give the device another bus',
    '7:11 bus 0000:00 is behind 0000:00:03.0; add under: "0000:00:03.0", or give the device another bus',
    '8:11 bus 0000:01 is behind 0000:00:01.0; add under: "0000:00:01.0", or give the device another bus',
  ],
)
