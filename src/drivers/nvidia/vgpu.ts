import { attrRO, attrRW, type TextAttribute } from '../../sysfs/kernfs/table.ts'
import { cString } from '../../sysfs/lib/ctype.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { Gpu } from './gpu.ts'
import type { VgpuType } from './vgpu-type.ts'

const LONGEST_PARAMS = 1024

/** One vGPU, whether an mdev or a virtual function shows it. */
export class Vgpu {
  readonly type: VgpuType
  params = ''
  /** The virtual machine that uses it. */
  vmName: string | undefined
  readonly #gpu: Gpu

  /** EIO where the GPU has no room. */
  constructor(gpu: Gpu, type: VgpuType) {
    gpu.take(type)
    this.#gpu = gpu
    this.type = type
  }

  free(): void {
    this.#gpu.give(this.type)
  }

  /**
   * EPERM while a virtual machine uses the vGPU. The driver counts on a newline and stores all but the last byte, whatever
   * that is: without one, the last character is lost.
   */
  setParams(buf: string): void {
    if (this.vmName !== undefined) throw new Errno('EPERM', `${this.vmName} uses it`)
    this.params = cString(buf.slice(0, -1))
  }
}

/** `vgpu_params` of whatever has a vGPU: E2BIG beyond 1024 bytes, ENXIO where there is none. */
export function vgpuParams<T>(vgpuOf: (object: T) => Vgpu | undefined): TextAttribute<T> {
  const vgpu = (object: T): Vgpu => {
    const found = vgpuOf(object)
    if (!found) throw new Errno('ENXIO')
    return found
  }
  return attrRW(
    'vgpu_params',
    object => `${vgpu(object).params}\n`,
    (object, buf) => {
      if (buf.length > LONGEST_PARAMS) throw new Errno('E2BIG')
      vgpu(object).setParams(buf)
    },
  )
}

/** `vm_name`: empty while nobody uses it. */
export function vmName<T>(vgpuOf: (object: T) => Vgpu | undefined): TextAttribute<T> {
  return attrRO('vm_name', object => `${vgpuOf(object)?.vmName ?? ''}\n`)
}

/** The name of a virtual machine by the command line of the monitor that runs it: `-name guest=NAME,...` of QEMU. */
export function vmNameOf(commandLine: readonly string[]): string {
  const at = commandLine.indexOf('-name')
  const said = at < 0 ? undefined : commandLine[at + 1]
  const name = said?.split(',')[0]?.replace(/^guest=/, '')
  return name ?? commandLine[0]?.split('/').at(-1) ?? ''
}
