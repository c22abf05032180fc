import type { IommuGroup } from '../../iommu/group.ts'
import type { PciDevice } from '../../pci/device.ts'
import { attrRO, attrRW, EntryTable, group } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtol } from '../../sysfs/lib/kstrtox.ts'
import type { VfioDevice } from '../../vfio/device.ts'
import type { Vfio } from '../../vfio/vfio.ts'
import type { Gpu } from './gpu.ts'
import { Vgpu, vgpuParams, vmNameOf } from './vgpu.ts'

/**
 * The vendor-specific framework (vGPU 17 on Linux 6.8 and later): a virtual function is a vGPU once a type was written to
 * `nvidia/current_vgpu_type`. There are no mdevs; the function itself is the vfio device, and its address the identity.
 */
export class VgpuFunction {
  readonly #device: PciDevice
  readonly #gpu: Gpu
  readonly #vfio: Vfio
  readonly #vfioDevice: VfioDevice
  vgpu: Vgpu | undefined

  constructor(device: PciDevice, gpu: Gpu, vfio: Vfio) {
    this.#device = device
    this.#gpu = gpu
    this.#vfio = vfio
    this.#vfioDevice = vfio.registerGroupDevice(device, device.iommuGroup as IommuGroup, {
      openDevice: ({ pid }) => {
        if (!this.vgpu) throw new Errno('ENODEV', `${device.name} has no vGPU type`)
        this.vgpu.vmName = vmNameOf(device.kernel.commandLine(pid))
      },
      closeDevice: () => {
        this.vgpu!.vmName = undefined
      },
    })
  }

  *unregister(): Task {
    yield* this.#vfio.unregister(this.#vfioDevice)
    this.vgpu?.free()
    this.vgpu = undefined
  }

  /** A header, and a line for each type that fits now; nothing fits a function that has its vGPU. */
  get creatable(): string {
    const types = this.vgpu ? [] : this.#gpu.types.filter(type => this.#gpu.available(type) > 0)
    return [
      'ID    : vGPU Name',
      ...types.map(({ id, name }) => `${String(id).padEnd(5)} : ${name}`),
      '',
    ].join('\n')
  }

  /**
   * A number in base 10, EINVAL or ERANGE. 0 takes the vGPU away: EPERM where there is none, or a virtual machine uses it.
   * Another number makes one: EPERM where there is one already, EIO for a type that does not fit or is not known.
   */
  setType(buf: string): void {
    const id = kstrtol(buf, 10)
    if (id === 0n) {
      if (!this.vgpu || this.vgpu.vmName !== undefined) throw new Errno('EPERM')
      this.vgpu.free()
      this.vgpu = undefined
      return
    }
    if (this.vgpu) throw new Errno('EPERM', `${this.#device.name} is ${this.vgpu.type.name}`)
    const type = this.#gpu.types.find(each => BigInt(each.id) === id)
    if (!type) throw new Errno('EIO', `there is no vGPU type ${id}`)
    this.vgpu = new Vgpu(this.#gpu, type)
  }
}

/** `nvidia/` of a virtual function. */
export function frameworkTable(functionOf: (device: PciDevice) => VgpuFunction): EntryTable<PciDevice> {
  return new EntryTable<PciDevice>([
    group('nvidia', [
      attrRO('creatable_vgpu_types', device => functionOf(device).creatable),
      attrRW(
        'current_vgpu_type',
        device => `${functionOf(device).vgpu?.type.id ?? 0}\n`,
        (device, buf) => functionOf(device).setType(buf),
      ),
      vgpuParams(device => functionOf(device).vgpu),
    ]),
  ])
}
