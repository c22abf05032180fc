import type { Mdev } from '../../mdev/device.ts'
import type { MdevOps } from '../../mdev/ops.ts'
import type { MdevType, MdevTypeInit } from '../../mdev/type.ts'
import { type Caller, EntryTable, group } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { Gpu } from './gpu.ts'
import { Vgpu, vgpuParams, vmName, vmNameOf } from './vgpu.ts'
import type { VgpuType } from './vgpu-type.ts'

/** nvidia-vgpu-vfio: vGPUs as mdevs, of a whole GPU or of one of its virtual functions. */
export class NvidiaMdevOps implements MdevOps {
  readonly deviceApi = 'vfio-pci'
  readonly #gpu: Gpu
  /** A virtual function has one vGPU at most. */
  readonly #isVirtual: boolean
  readonly #vgpus = new Map<Mdev, Vgpu>()
  readonly #groups: readonly EntryTable<never>[]

  constructor(gpu: Gpu, isVirtual: boolean) {
    this.#gpu = gpu
    this.#isVirtual = isVirtual
    const vgpuOf = (mdev: Mdev) => this.#vgpus.get(mdev)
    this.#groups = [new EntryTable<Mdev>([group('nvidia', [vgpuParams(vgpuOf), vmName(vgpuOf)])])]
  }

  get types(): readonly MdevTypeInit[] {
    return this.#gpu.types.map(type => ({
      sysfsName: String(type.id),
      prettyName: type.name,
      description: this.#gpu.describe(type),
    }))
  }

  deviceGroups(): readonly EntryTable<never>[] {
    return this.#groups
  }

  available(type: MdevType): number {
    const available = this.#gpu.available(this.#typeOf(type))
    if (!this.#isVirtual) return available
    return this.#vgpus.size > 0 ? 0 : Math.min(1, available)
  }

  create(mdev: Mdev): void {
    const type = this.#typeOf(mdev.mdevType)
    if (this.available(mdev.mdevType) <= 0) throw new Errno('EIO', `${mdev.name}: no ${type.name} fits`)
    this.#vgpus.set(mdev, new Vgpu(this.#gpu, type))
  }

  destroy(mdev: Mdev): void {
    this.#vgpus.get(mdev)!.free()
    this.#vgpus.delete(mdev)
  }

  openDevice(mdev: Mdev, { pid }: Caller): void {
    this.#vgpus.get(mdev)!.vmName = vmNameOf(mdev.kernel.commandLine(pid))
  }

  closeDevice(mdev: Mdev): void {
    this.#vgpus.get(mdev)!.vmName = undefined
  }

  #typeOf({ sysfsName }: MdevType): VgpuType {
    return this.#gpu.types.find(({ id }) => String(id) === sysfsName)!
  }
}
