import type { MdevParent } from '../../mdev/parent.ts'
import type { PciDevice } from '../../pci/device.ts'
import { PciDriver } from '../../pci/driver.ts'
import type { Device } from '../../sysfs/base/device.ts'
import type { DriverInit } from '../../sysfs/base/driver.ts'
import type { EntryTable } from '../../sysfs/kernfs/table.ts'
import type { Task } from '../../sysfs/lib/completion.ts'
import type { Machine } from '../machine.ts'
import { frameworkTable, VgpuFunction } from './framework.ts'
import { Gpu } from './gpu.ts'
import { NvidiaMdevOps } from './mdev-ops.ts'
import type { VgpuType } from './vgpu-type.ts'

/** A GPU that has vGPUs. */
export interface GpuInit {
  /** In MiB. */
  readonly framebuffer: number
  readonly types: readonly VgpuType[]
  /** How vGPUs are shown: as mdevs, or as virtual functions of the vendor-specific framework. */
  readonly interface: 'mdev' | 'framework'
}

/** Every display and 3D controller of NVIDIA (`nv_pci_table`): virtual functions are known by no more. */
const IDS = [
  { vendor: 0x10de, class: 0x030000 },
  { vendor: 0x10de, class: 0x030200 },
] as const

const MDEV_DRIVER = 'nvidia-vgpu-vfio'
const MDEV_MODULE = 'nvidia_vgpu_vfio'

/**
 * NVIDIA's driver with vGPU (docs/reference/kernel-semantics.md section 6). A GPU without virtual functions offers types of
 * mdevs itself; one with virtual functions leaves that to them, each for one vGPU.
 */
export class NvidiaDriver extends PciDriver {
  readonly #machine: Machine
  readonly #gpuInits: ReadonlyMap<string, GpuInit>
  readonly #gpus = new Map<PciDevice, Gpu>()
  readonly #parents = new Map<PciDevice, MdevParent>()
  readonly #functions = new Map<PciDevice, VgpuFunction>()
  readonly #table = frameworkTable(device => this.#functions.get(device)!)

  /** @param gpus by their PCI addresses */
  constructor(machine: Machine, name: string, gpus: ReadonlyMap<string, GpuInit>, init: DriverInit) {
    super(machine.pciBus, name, {
      ...init,
      ids: IDS,
      configuresSriov: true,
      probe: device => this.#probe(device),
      remove: device => this.#remove(device),
    })
    this.#machine = machine
    this.#gpuInits = gpus
  }

  override deviceGroups(device: Device): readonly EntryTable<never>[] {
    const own = this.#functions.has(device as PciDevice) ? [this.#table] : []
    return [...super.deviceGroups(device), ...own]
  }

  #probe(device: PciDevice): void {
    const { physicalFunction } = device
    const init = this.#gpuInits.get((physicalFunction ?? device).name)
    if (!init) return
    if (!physicalFunction) {
      const gpu = new Gpu(init.framebuffer, init.types)
      this.#gpus.set(device, gpu)
      if (!device.sriov) this.#offer(device, gpu)
      return
    }
    const gpu = this.#gpus.get(physicalFunction)
    if (!gpu) return
    if (init.interface === 'mdev') this.#offer(device, gpu)
    else this.#functions.set(device, new VgpuFunction(device, gpu, this.#machine.vfio))
  }

  #offer(device: PciDevice, gpu: Gpu): void {
    const ops = new NvidiaMdevOps(gpu, device.isVirtual)
    const parent = this.#machine.registerMdevParent({
      device,
      driverName: MDEV_DRIVER,
      module: this.#machine.module(MDEV_MODULE),
      ops,
      types: ops.types,
    })
    this.#parents.set(device, parent)
  }

  *#remove(device: PciDevice): Task {
    const parent = this.#parents.get(device)
    if (parent) yield* parent.unregister()
    this.#parents.delete(device)
    const fn = this.#functions.get(device)
    if (fn) yield* fn.unregister()
    this.#functions.delete(device)
    this.#gpus.delete(device)
  }
}
