import { Directory } from '../kernfs/directory.ts'
import { type Clock, Superblock, systemClock } from '../kernfs/superblock.ts'
import { attrRO, EntryTable } from '../kernfs/table.ts'
import { bitmapPrint, bitmapPrintList } from '../lib/bitmap.ts'
import { UeventChannel } from '../lib/kobject-uevent.ts'
import { NO_USER_MEMORY, type UserMemory } from '../lib/user-memory.ts'
import { DEFAULT_RELEASE, type Release, type ReleaseName, release } from '../release.ts'
import { Devtmpfs } from './devtmpfs.ts'
import { KernelLog, KmsgNode } from './printk.ts'

export type Arch = 'x86_64' | 's390x'

/** The build options that can be seen in sysfs, as Debian sets them. */
export interface KernelConfig {
  /** CONFIG_PM: `power/` in every device. Off on s390x. */
  readonly pm: boolean
  /** CONFIG_PM_ADVANCED_DEBUG: more files in `power/`. */
  readonly pmAdvancedDebug: boolean
}

export interface KernelInit {
  readonly release?: ReleaseName
  readonly arch?: Arch
  readonly clock?: Clock
  /** Whether one process is an ancestor of another. */
  readonly isAncestor?: (candidate: number, pid: number) => boolean
  /** The command line of a process; empty where it is not known. */
  readonly commandLine?: (pid: number) => readonly string[]
  /** How the memory of a caller is reached; EFAULT where nothing is said. */
  readonly userMemory?: UserMemory
  /** How many processors are online. */
  readonly cpus?: number
  /** The number of the last uevent that boot sent. */
  readonly ueventSeqnum?: number
}

/**
 * A running kernel: what all its objects share, and the directories that stand before any driver is there. The root of
 * a mount is {@link root}, with `sys` and `dev` below it, and `proc` where a driver has files in it.
 */
export class Kernel {
  readonly release: Release
  readonly arch: Arch
  readonly config: KernelConfig
  /** The online processors, as `%*pb` and `%*pbl` print them. */
  readonly cpus: { readonly mask: string; readonly list: string }
  readonly superblock: Superblock
  readonly isAncestor: (candidate: number, pid: number) => boolean
  readonly commandLine: (pid: number) => readonly string[]
  readonly userMemory: UserMemory
  readonly uevents: UeventChannel
  readonly root: Directory
  readonly sys: Directory
  /** /sys/bus. */
  readonly bus: Directory
  /** /sys/class. */
  readonly class: Directory
  /** /sys/devices. */
  readonly devices: Directory
  /** /sys/devices/virtual. */
  readonly virtual: Directory
  /** /sys/module. */
  readonly module: Directory
  /** /sys/kernel. */
  readonly kernel: Directory
  /** /sys/dev/char. */
  readonly charDevices: Directory
  /** /dev. */
  readonly devtmpfs: Devtmpfs
  readonly #booted: number
  readonly #log: KernelLog

  constructor({
    release: name = DEFAULT_RELEASE,
    arch = 'x86_64',
    clock = systemClock,
    cpus = 2,
    isAncestor = () => false,
    commandLine = () => [],
    userMemory = NO_USER_MEMORY,
    ueventSeqnum,
  }: KernelInit = {}) {
    this.release = release(name)
    this.arch = arch
    this.config = { pm: arch === 'x86_64', pmAdvancedDebug: arch === 'x86_64' }
    const online = (1n << BigInt(cpus)) - 1n
    this.cpus = { mask: bitmapPrint(online, cpus), list: bitmapPrintList(online, cpus) }
    this.superblock = new Superblock(clock)
    this.isAncestor = isAncestor
    this.commandLine = commandLine
    this.userMemory = userMemory
    this.#booted = milliseconds(clock)
    this.uevents = new UeventChannel(ueventSeqnum)
    // /sys is inode 1; the root of the mount, which no kernel has, comes after it
    const sysIno = this.superblock.inodes()
    this.root = new Directory('', undefined, this.superblock, 0o755)
    this.sys = this.root.add(new Directory('sys', this.root, this.superblock, 0o555, sysIno))
    this.devtmpfs = this.root.add(new Devtmpfs(this.root, this.superblock))
    for (const name of ['block', 'firmware', 'fs', 'hypervisor', 'power']) this.sys.mkdir(name)
    this.bus = this.sys.mkdir('bus')
    this.class = this.sys.mkdir('class')
    this.devices = this.sys.mkdir('devices')
    this.virtual = this.devices.mkdir('virtual')
    this.devices.mkdir('system')
    this.module = this.sys.mkdir('module')
    this.kernel = this.sys.mkdir('kernel')
    this.kernel.attach(kernelTable, this)
    const dev = this.sys.mkdir('dev')
    dev.mkdir('block')
    this.charDevices = dev.mkdir('char')
    this.#log = new KernelLog(() => this.uptime())
    this.devtmpfs.createNode({
      path: 'kmsg',
      mode: 0o644,
      make: (file, ino, parent) => new KmsgNode(file, ino, parent, this.#log),
    })
  }

  /** /proc, as far as drivers have files there. */
  get proc(): Directory {
    return this.root.ensure('proc')
  }

  /** What the kernel said last, oldest first: `dmesg` without its times. */
  get messages(): readonly string[] {
    return this.#log.texts
  }

  /** Says something in the kernel's log, which /dev/kmsg shows; it keeps so much and forgets what is older. */
  printk(message: string): void {
    this.#log.append(message)
  }

  /** Milliseconds since boot. */
  uptime(): number {
    return milliseconds(this.superblock.clock) - this.#booted
  }
}

function milliseconds(clock: Clock): number {
  const { sec, nsec } = clock.now()
  return sec * 1000 + Math.floor(nsec / 1e6)
}

/** kernel/ksysfs.c. */
const kernelTable = new EntryTable<Kernel>([attrRO('uevent_seqnum', kernel => `${kernel.uevents.seqnum}\n`)])
