import { Errno } from '../../sysfs/lib/errno.ts'
import type { VgpuType } from './vgpu-type.ts'

/** vGPUs that one GPU has at most, whatever their size. */
const MOST_VGPUS = 32

/** A GPU whose frame buffer is divided among vGPUs. */
export class Gpu {
  readonly types: readonly VgpuType[]
  /** In MiB. */
  readonly framebuffer: number
  /** How many vGPUs of each type there are. */
  readonly #used = new Map<VgpuType, number>()

  constructor(framebuffer: number, types: readonly VgpuType[]) {
    this.framebuffer = framebuffer
    this.types = types
  }

  /** `max_instance`. */
  maxInstance({ framebuffer }: VgpuType): number {
    return Math.min(MOST_VGPUS, Math.floor(this.framebuffer / framebuffer))
  }

  /**
   * How many more of a type fit. Placement is homogeneous: all vGPUs of a GPU have frame buffers of one size, so there are
   * none of another while one is there.
   */
  available(type: VgpuType): number {
    let count = 0
    for (const [other, used] of this.#used) {
      if (other.framebuffer !== type.framebuffer) return 0
      count += used
    }
    return this.maxInstance(type) - count
  }

  /** EIO where it does not fit: what the GPU's firmware refuses, the driver calls so. */
  take(type: VgpuType): void {
    if (this.available(type) <= 0) throw new Errno('EIO', `no ${type.name} fits`)
    this.#used.set(type, (this.#used.get(type) ?? 0) + 1)
  }

  give(type: VgpuType): void {
    const left = this.#used.get(type)! - 1
    if (left === 0) this.#used.delete(type)
    else this.#used.set(type, left)
  }

  /** `num_heads=4, frl_config=45, framebuffer=2048M, max_resolution=5120x2880, max_instance=8` */
  describe(type: VgpuType): string {
    const { heads, frameRateLimit, framebuffer, resolution } = type
    return `num_heads=${heads}, frl_config=${frameRateLimit}, framebuffer=${framebuffer}M, max_resolution=${resolution}, max_instance=${this.maxInstance(type)}\n`
  }
}
