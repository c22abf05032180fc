import type { DeviceFile } from '../../src/migrate/device-file.ts'
import { Fields } from '../../src/migrate/fields.ts'
import { Side2018 } from '../../src/migrate/kabi-2018.ts'
import type { Side } from '../../src/migrate/side.ts'
import { SideV1 } from '../../src/migrate/v1.ts'
import { SideV2, type StateFiles } from '../../src/migrate/v2.ts'
import { buildMachine } from '../../src/profile/index.ts'
import { O_RDWR } from '../../src/sysfs/kernfs/file.ts'
import type { Clock } from '../../src/sysfs/kernfs/superblock.ts'
import { profileOf, withHead } from '../profile/support.ts'
import { uuid } from '../support/machine.ts'
import { Shell } from '../support/tree.ts'

export type Generation = 'kabi-2018' | 'v1' | 'v2'
export const GENERATIONS: readonly Generation[] = ['kabi-2018', 'v1', 'v2']

const STRIDE = 2 ** 40
const CONFIG = 7 * STRIDE
const MIGRATION = 9 * STRIDE
const INTERRUPT_LINE = 0x3c

/** What may go wrong with the files of one side. */
export interface Faults {
  /** From which access on the machine is gone. */
  readonly dies?: number
  /** Which access fails once, before or after it took place. */
  readonly fails?: number
  readonly after?: boolean
  /** Called before each access. */
  onAccess?(): void
}

export interface Options {
  readonly generation: Generation
  /** Keys of `migration: {device: ...}`. */
  readonly device?: string
  readonly clock?: Clock
}

/** A machine in this process with one device, and what drives its migration. */
export class Host {
  readonly sh: Shell
  readonly side: Side
  #accesses = 0
  readonly #faults: Faults
  readonly #file

  constructor({ generation, device = 'memory: 64KB, dirty_rate: 1MB', clock }: Options, faults: Faults = {}) {
    const profile = profileOf(
      withHead(`kernel: "6.12"
devices:
  - pci: "0000:07:00.0"
    driver: my_card
    id: 1af4:10f5
    class: 0x038000
    resources: { memory: 1GB }
    types:
      - id: type
        needs: { memory: 64MB }
        migration: { device: { generation: ${generation}, ${device} } }
`),
    )
    this.#faults = faults
    this.sh = new Shell(buildMachine([profile], clock && { clock }).kernel.root)
    this.sh.put('/sys/class/mdev_bus/0000:07:00.0/mdev_supported_types/my_card-type/create', uuid(1))
    this.#file = this.sh.open('/dev/vfio/devices/vfio0', O_RDWR)
    const access = this.#device()
    const region = { index: 9, offset: MIGRATION, size: 4096 + 65536 }
    if (generation === 'v1') this.side = new SideV1(new Fields(access, region))
    else if (generation === 'kabi-2018') this.side = new Side2018(new Fields(access, region))
    else this.side = new SideV2(this.#stateFiles(), access)
  }

  get alive(): boolean {
    return this.#accesses <= (this.#faults.dies ?? Number.POSITIVE_INFINITY)
  }

  /** What a guest left in the device. */
  get mark(): number {
    return this.#file.read(CONFIG + INTERRUPT_LINE, 1)[0]!
  }

  set mark(value: number) {
    this.#file.write(Buffer.of(value), CONFIG + INTERRUPT_LINE)
  }

  /** The same, without what may go wrong. */
  async runs(): Promise<boolean> {
    const { dies, fails } = this.#faults
    Object.assign(this.#faults, { dies: undefined, fails: undefined })
    const runs = await this.side.isRunning()
    Object.assign(this.#faults, { dies, fails })
    return runs
  }

  /** As the end of the process that migrates does. */
  close(): void {
    this.#file.release()
  }

  #access<T>(work: () => T): T {
    const { dies, fails, after } = this.#faults
    this.#faults.onAccess?.()
    const n = ++this.#accesses
    if (dies !== undefined && n > dies)
      throw Object.assign(new Error('ENOTCONN: the machine is gone'), { code: 'ENOTCONN' })
    if (n !== fails) return work()
    if (after) work()
    throw Object.assign(new Error('EIO: once'), { code: 'EIO' })
  }

  #device(): DeviceFile {
    const file = this.#file
    return {
      regions: [],
      read: async (offset, length) => this.#access(() => Buffer.from(file.read(offset, length))),
      write: async (offset, bytes) => this.#access(() => void file.write(Buffer.from(bytes), offset)),
      dataSize: () => this.#access(() => 0),
      close: async () => {},
    }
  }

  #stateFiles(): StateFiles {
    const folder = `/sys/kernel/debug/vfio/${uuid(1)}/migration`
    const data = this.sh.open(`${folder}/data`, O_RDWR)
    return {
      state: async () => this.#access(() => this.sh.cat(`${folder}/state`).trimEnd()),
      setState: async state => this.#access(() => void this.sh.put(`${folder}/state`, `${state}\n`)),
      features: async () => this.#access(() => this.sh.cat(`${folder}/features`)),
      read: async (offset, length) => this.#access(() => Buffer.from(data.read(offset, length))),
      write: async (offset, bytes) =>
        this.#access(() => data.write(Buffer.from(bytes.subarray(0, 4096)), offset) as number),
      close: async () => {},
    }
  }
}
