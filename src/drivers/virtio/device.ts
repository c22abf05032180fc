import { BusType } from '../../sysfs/base/bus.ts'
import { Device } from '../../sysfs/base/device.ts'
import { DeviceDriver } from '../../sysfs/base/driver.ts'
import type { Kernel } from '../../sysfs/base/kernel.ts'
import type { Module } from '../../sysfs/base/module.ts'
import { attrRO, EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { hex } from '../../sysfs/lib/hex.ts'
import { Ida } from '../../sysfs/lib/ida.ts'

/** `VIRTIO_CONFIG_S_*`: what a driver tells the device of how far it is. */
const ACKNOWLEDGE = 1
const DRIVER = 2
const DRIVER_OK = 4
const FEATURES_OK = 8

/** Feature bits that sysfs prints. */
const FEATURE_BITS = 64

/** What a virtio device says of itself (`struct virtio_device_id`). */
export interface VirtioId {
  /** 1 network, 2 block, 3 console, 4 entropy, 5 balloon, 18 input and so on. */
  readonly device: number
  readonly vendor: number
}

/** A device of any transport: `virtioN` (drivers/virtio/virtio.c). */
export class VirtioDevice extends Device {
  readonly virtioBus: VirtioBus
  readonly id: VirtioId
  readonly #index: number

  constructor(bus: VirtioBus, parent: Device, id: VirtioId) {
    const index = bus.indices.allocate()
    super(bus.kernel, `virtio${index}`, { parent, bus })
    this.#index = index
    this.virtioBus = bus
    this.id = id
  }

  /** `status`. */
  get status(): number {
    return this.driver ? ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK : ACKNOWLEDGE
  }

  /** What device and driver agreed on: none before a driver has it. */
  get features(): bigint {
    return this.driver instanceof VirtioDriver ? this.driver.features : 0n
  }

  get modalias(): string {
    const part = (value: number) => hex(value, 8).toUpperCase()
    return `virtio:d${part(this.id.device)}v${part(this.id.vendor)}`
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [virtioTable]
  }

  protected override ownUeventKeys(): string[] {
    return [`MODALIAS=${this.modalias}`]
  }

  /** `unregister_virtio_device()`; its index is free again. */
  override *unregister(): Task {
    yield* super.unregister()
    this.virtioBus.indices.free(this.#index)
  }
}

function word(value: number): string {
  return `0x${hex(value, 4)}\n`
}

/** `features_show()`: a 0 or 1 for each bit, the lowest first. */
function printFeatures({ features }: VirtioDevice): string {
  let text = ''
  for (let bit = 0n; bit < FEATURE_BITS; bit++) text += (features >> bit) & 1n
  return `${text}\n`
}

const virtioTable = new EntryTable<VirtioDevice>([
  attrRO('device', ({ id }) => word(id.device)),
  attrRO('vendor', ({ id }) => word(id.vendor)),
  attrRO('status', ({ status }) => `0x${hex(status, 8)}\n`),
  attrRO('modalias', ({ modalias }) => `${modalias}\n`),
  attrRO('features', printFeatures),
])

interface VirtioDriverInit {
  /** The kind of device that it takes, whatever the vendor (include/uapi/linux/virtio_ids.h). */
  readonly device: number
  /** Bits on which it and a device of QEMU agree. */
  readonly features: readonly number[]
}

/** A driver of virtio devices; it binds, and what it makes of them, disks and networks, is left out. */
class VirtioDriver extends DeviceDriver {
  readonly device: number
  readonly features: bigint

  constructor(bus: VirtioBus, name: string, { device, features }: VirtioDriverInit, module: Module) {
    super(bus, name, { module })
    this.device = device
    this.features = features.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)
  }
}

/** VIRTIO_RING_F_INDIRECT_DESC, VIRTIO_RING_F_EVENT_IDX, VIRTIO_F_VERSION_1. */
const RING = [28, 29, 32]

const DRIVERS: { readonly [name: string]: VirtioDriverInit } = {
  virtio_net: { device: 1, features: [2, 5, 15, 16, 17, 18, 19, 21, 23, ...RING] },
  virtio_blk: { device: 2, features: [2, 4, 6, 9, 10, 11, 13, 14, ...RING] },
  virtio_console: { device: 3, features: [1, ...RING] },
  virtio_rng: { device: 4, features: RING },
  virtio_balloon: { device: 5, features: [1, ...RING] },
  virtio_rproc_serial: { device: 11, features: RING },
  virtiofs: { device: 26, features: RING },
}

/** /sys/bus/virtio. */
export class VirtioBus extends BusType {
  /** Numbers of virtio0, virtio1 and so on. */
  readonly indices = new Ida()

  /** @param module the module of that name, loaded if it is not */
  constructor(kernel: Kernel, module: (name: string) => Module) {
    super(kernel, 'virtio')
    for (const [name, init] of Object.entries(DRIVERS))
      new VirtioDriver(this, name, init, module(name)).register()
  }

  /** `virtio_dev_match()`. */
  override match(device: Device, driver: DeviceDriver): boolean {
    return (
      device instanceof VirtioDevice && driver instanceof VirtioDriver && driver.device === device.id.device
    )
  }
}
