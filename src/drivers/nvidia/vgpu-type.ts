/** A type of vGPU. What its name does not say follows from it, as in every listing of NVIDIA's driver that is known. */
export interface VgpuType {
  /** `nvidia-ID` of mdevs; `current_vgpu_type` of virtual functions. */
  readonly id: number
  /** `NVIDIA A2-4Q`. */
  readonly name: string
  /** In MiB. */
  readonly framebuffer: number
  readonly heads: number
  /** Frames a second at most. */
  readonly frameRateLimit: number
  readonly resolution: string
}

/** What differs from one generation of GPUs or drivers to the next. */
export interface VgpuNaming {
  /** Maxwell: no display of a Q type is wider than 5120x2880. */
  readonly maxwell?: boolean
  /** max_resolution of C types: 4096x2160 up to R510, 4096x2400 from R525. */
  readonly computeResolution?: string
}

/** Size in GiB (0 is half of one) and series: A, B, B4, Q or C. */
const NAME = /-(\d{1,3})(A|B4?|Q|C)$/

/** Reads the name of a type, such as `GRID P100-2B4`; undefined for one that has no size and series at its end. */
export function parseVgpuType(id: number, name: string, naming: VgpuNaming = {}): VgpuType | undefined {
  const [, size, series] = NAME.exec(name) ?? []
  if (size === undefined || series === undefined) return undefined
  const gib = Number(size)
  return {
    id,
    name,
    framebuffer: gib === 0 ? 512 : gib * 1024,
    heads: series === 'A' || series === 'C' ? 1 : gib === 0 ? 2 : 4,
    frameRateLimit: series.startsWith('B') ? 45 : 60,
    resolution: resolutionOf(series, gib, naming),
  }
}

function resolutionOf(
  series: string,
  gib: number,
  { maxwell = false, computeResolution = '4096x2400' }: VgpuNaming,
): string {
  if (series === 'A') return '1280x1024'
  if (series === 'C') return computeResolution
  if (gib === 0) return '2560x1600'
  return series === 'Q' && gib >= 2 && !maxwell ? '7680x4320' : '5120x2880'
}
