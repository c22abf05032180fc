import type { DeviceModel, Region } from '../device-model/model.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { UserMemory } from '../sysfs/lib/user-memory.ts'
import { answer, LITTLE } from './argument.ts'
import { deviceFeature } from './feature.ts'
import type { VfioFileOps } from './file.ts'
import {
  CAP_TYPE,
  DEVICE_INFO,
  DeviceFlag,
  IRQ_INFO,
  REGION_INFO,
  RegionFlag,
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_RESET,
} from './uapi.ts'

/** VFIO_PCI_OFFSET_SHIFT, which most drivers use. */
const OFFSET_SHIFT = 40

/** A device's file: its regions by offset, and the ioctls that describe them. */
export class DeviceFileOps implements VfioFileOps {
  readonly #model: DeviceModel
  readonly #memory: UserMemory
  /** Regions lie this far apart in the file. */
  readonly #stride: number

  constructor(model: DeviceModel, memory: UserMemory) {
    this.#model = model
    this.#stride = 2 ** (model.offsetShift ?? OFFSET_SHIFT)
    this.#memory = memory
  }

  /** EINVAL outside of every region; what reaches over the end of one is cut. */
  read(offset: number, length: number): Uint8Array {
    const { region, at } = this.#locate(offset)
    return region.read(at, Math.min(length, region.size - at))
  }

  write(offset: number, data: Uint8Array): number {
    const { region, at } = this.#locate(offset)
    if (!region.write) throw new Errno('EINVAL')
    const count = Math.min(data.length, region.size - at)
    region.write(at, data.subarray(0, count))
    return count
  }

  ioctl(command: number, argument: bigint, caller: Caller): number {
    switch (command) {
      case VFIO_DEVICE_GET_INFO:
        return answer(this.#memory, caller, argument, DEVICE_INFO.bytes, info => this.#deviceInfo(info))
      case VFIO_DEVICE_GET_REGION_INFO:
        return answer(this.#memory, caller, argument, REGION_INFO.bytes, info => this.#regionInfo(info))
      case VFIO_DEVICE_GET_IRQ_INFO:
        return answer(this.#memory, caller, argument, IRQ_INFO.bytes, info => this.#irqInfo(info))
      case VFIO_DEVICE_FEATURE:
        return deviceFeature(this.#model.migration, this.#memory, caller, argument)
      case VFIO_DEVICE_RESET:
        if (!this.#model.reset) throw new Errno('EINVAL')
        this.#model.reset()
        return 0
      default:
        throw new Errno('ENOTTY')
    }
  }

  #locate(offset: number): { region: Region; at: number } {
    const region = this.#model.regions[Math.floor(offset / this.#stride)]
    const at = offset % this.#stride
    if (!region || at >= region.size) throw new Errno('EINVAL')
    return { region, at }
  }

  #deviceInfo(info: DataView): undefined {
    const { kind, regions, irqs, reset } = this.#model
    info.setUint32(DEVICE_INFO.flags, DeviceFlag[kind] | (reset ? DeviceFlag.reset : 0), LITTLE)
    info.setUint32(DEVICE_INFO.regions, regions.length, LITTLE)
    info.setUint32(DEVICE_INFO.irqs, irqs.length, LITTLE)
  }

  /** Where there is no room for the capability, `argsz` tells how much it takes (`vfio_info_add_capability()`). */
  #regionInfo(info: DataView): Uint8Array | undefined {
    const { regions } = this.#model
    const index = info.getUint32(REGION_INFO.index, LITTLE)
    if (index >= regions.length) throw new Errno('EINVAL')
    const region = regions[index]
    let flags = region ? RegionFlag.READ : 0
    if (region?.write) flags |= RegionFlag.WRITE
    if (region?.type) flags |= RegionFlag.CAPS
    info.setUint32(REGION_INFO.flags, flags, LITTLE)
    info.setUint32(REGION_INFO.capOffset, 0, LITTLE)
    info.setBigUint64(REGION_INFO.size, BigInt(region?.size ?? 0), LITTLE)
    info.setBigUint64(REGION_INFO.offset, BigInt(index * this.#stride), LITTLE)
    if (!region?.type) return undefined
    const whole = REGION_INFO.bytes + CAP_TYPE.bytes
    if (info.getUint32(0, LITTLE) < whole) {
      info.setUint32(0, whole, LITTLE)
      return undefined
    }
    info.setUint32(REGION_INFO.capOffset, REGION_INFO.bytes, LITTLE)
    const capability = new DataView(new ArrayBuffer(CAP_TYPE.bytes))
    capability.setUint16(0, CAP_TYPE.id, LITTLE)
    capability.setUint16(2, CAP_TYPE.version, LITTLE)
    capability.setUint32(8, region.type.type, LITTLE)
    capability.setUint32(12, region.type.subtype, LITTLE)
    return new Uint8Array(capability.buffer)
  }

  #irqInfo(info: DataView): undefined {
    const irq = this.#model.irqs[info.getUint32(IRQ_INFO.index, LITTLE)]
    if (!irq) throw new Errno('EINVAL')
    info.setUint32(IRQ_INFO.flags, irq.flags, LITTLE)
    info.setUint32(IRQ_INFO.count, irq.count, LITTLE)
  }
}
