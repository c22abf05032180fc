import { fileURLToPath } from 'node:url'
import test from 'ava'
import { noOracle, oracle } from './oracle.ts'

const BOARD = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))

const unavailable = noOracle()
const oracleTest = unavailable === undefined ? test.serial : test.serial.skip
if (unavailable !== undefined) console.log(`oracle: skipped, ${unavailable}`)

oracleTest('Linux 6.1, mtty: types, mdevs, quotas, open files of mdevs that go', t =>
  oracle(t, {
    script: 'x86-mtty',
    recorded: 'x86-6.1-mtty',
    profiles: [BOARD, 'mtty'],
    kernel: '6.1',
    uevents: true,
    expected: [
      {
        reason:
          'a device node would lead to the driver of the real kernel, so what is in /dev/vfio are regular files',
        kernel: /^\+ \/dev\/vfio\/(G\d+) {2}c 0600 nlink=1 0:0 size=0 dev=\*$/,
        got: '+ /dev/vfio/$1  f 0600 nlink=1 0:0 size=0 read:EINVAL',
      },
      {
        reason: 'the kernel seeks by itself, and at the cached size sendfile(2) asks nobody',
        op: /^sendfile u 100$/,
        kernel: /^= -1 ENODEV$/,
        got: '= 0 ""',
      },
      {
        reason: 'before 6.18 a kernel that is told of a removed directory forgets its path too',
        op: /^getcwd$/,
        kernel: /^= \/sys\/.*$/,
        got: '= -1 ENOENT',
        sometimes: true,
      },
      {
        reason: 'what a shell exits with when it can not open a file is its own',
        op: /^sh echo 1 > \/sys\/bus\/mdev\/devices\/83b8f4f2-509f-382f-3c1e-e6bfe0fa10aa\/remove$/,
        kernel: /^= exit 1$/,
        got: '= exit 2',
        sometimes: true,
      },
    ],
  }),
)

oracleTest('Linux 6.1, generic: what every attribute of every device does', t =>
  oracle(t, {
    script: 'x86-generic',
    recorded: 'x86-6.1-generic',
    profiles: [BOARD],
    kernel: '6.1',
    uevents: true,
    expected: [
      // what the recorded machine had besides the board
      {
        reason: 'the other names in /sys/devices were not recorded',
        op: /^stat \/sys\/devices$/,
        kernel: /nlink=14/,
        got: /^= dir mode=0755 nlink=\d+ uid=0 gid=0 size=0 blksize=4096 blocks=0$/,
      },
      {
        reason: 'nothing is said of the kernel itself',
        op: /^stat \/sys\/kernel\/notes$/,
        kernel: /^= file mode=0444 .* size=504 .*$/,
        got: '= -1 ENOENT',
      },
      {
        reason: 'the network of the recorded machine is no part of the board',
        op: /^put \/sys\/class\/net\/lo\/uevent "add"$/,
        kernel: /^= write 3$/,
        got: '= open -1 ENOENT',
      },
      {
        reason: 'the network of the recorded machine is no part of the board',
        op: /^ev$/,
        kernel: /^! uevent "add@\/devices\/virtual\/net\/lo"/,
      },
      // what the kernel does without asking a FUSE file system
      {
        reason: 'FUSE maps a file of direct I/O where nobody else can see it',
        op: /^mmap h 4096 rp$/,
        kernel: /^= -1 ENODEV$/,
        got: '= mapped',
      },
      {
        reason: 'a FUSE file system is not told how far a mapping reaches',
        op: /^mmap h 2097152 rs$/,
        kernel: /^= -1 EINVAL$/,
        got: '= mapped',
      },
      {
        reason:
          'the kernel seeks by itself, to the size that stat(2) shows; for PCI resources sysfs has another',
        op: /^lseek h 0 end$/,
        kernel: /^= 0$/,
        got: '= 1048576',
      },
      {
        reason: 'with O_APPEND the kernel goes on at the size before it asks for a write',
        op: /^lseek h 0 cur$/,
        kernel: /^= 7$/,
        got: '= 4103',
      },
      {
        reason: 'kernfs takes the right to pwrite(2) from files that were opened for reading, FUSE does not',
        op: /^pwrite h "x" 0$/,
        kernel: /^= -1 ESPIPE$/,
        got: '= -1 EBADF',
      },
      {
        reason: 'since 6.8 a kernel tells of opening before it tells of O_TRUNC',
        op: /^inread$/,
        order: 'other',
        sometimes: true,
      },
      {
        reason:
          'at an offset that no name has, kernfs goes on where its search of a red-black tree ended, maybe one name early',
        op: /^getdents d$/,
        kernel: /^ {2}0000:07:00\.0 lnk$/,
      },
    ],
  }),
)

oracleTest('Linux 6.1, pci: vfio-pci, ids, group types, virtual functions, resets, removal', t =>
  oracle(t, {
    script: 'x86-pci',
    recorded: 'x86-6.1-pci',
    profiles: [BOARD, 'vfio-pci'],
    kernel: '6.1',
    expected: [
      {
        reason:
          'a device node would lead to the driver of the real kernel, so what is in /dev/vfio are regular files',
        kernel: /^\+ \/dev\/vfio\/(G\d+) {2}c 0600 nlink=1 0:0 size=0 dev=\*$/,
        got: '+ /dev/vfio/$1  f 0600 nlink=1 0:0 size=0 read:EINVAL',
      },
      {
        reason: 'how long a device was awake depends on the time',
        kernel: /^ {2}(\S+\/power\/runtime_active_time {2}f 0444 nlink=1 0:0 size=4096) "\d+\\n"$/,
        got: /\/power\/runtime_active_time {2}f 0444 nlink=1 0:0 size=4096 "\d+\\n"$/,
      },
      // what is no part of the board
      {
        reason:
          'network, clock and storage devices, DMA pools, and interrupts beyond the first belong to igb and nvme',
        kernel: /(\/| {2})(wakeup|net|ptp|msi_irqs|nvme|pools)(\/|$| )/,
      },
      {
        reason: 'links to objects of ACPI are made once, for the devices of the board',
        kernel: /(\/| {2})firmware_node( |$)/,
      },
      {
        reason: 'links to objects of ACPI are made once, for the devices of the board (seen by a shell)',
        op: /^sh cat/,
        kernel: /^ {2}\| firmware_node$/,
      },
      {
        reason: 'of the virtual function of the NVMe controller less was recorded than makes a profile',
        kernel: /^\+ \S+\/0000:02:00\.1\/config /,
        got: /^\+ \S+\/0000:02:00\.1\/config /,
      },
      {
        reason:
          'QEMU gives the functions of its NVMe controller power management, which others leave to the physical one',
        kernel: /\/0000:02:00\.1(\/d3cold_allowed)? /,
        got: /\/0000:02:00\.1(\/d3cold_allowed)? /,
      },
      {
        reason: 'a function that comes back keeps the address that the firmware gave it',
        op: /^put \/sys\/bus\/pci\/rescan "1\\n"$/,
        kernel: /^\+ \S+\/0000:00:03\.0\/(config|resource) /,
        got: /^\+ \S+\/0000:00:03\.0\/(config|resource) /,
      },
    ],
  }),
)
