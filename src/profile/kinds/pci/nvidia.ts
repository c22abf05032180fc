import type { z } from 'zod'
import type { GpuInit } from '../../../drivers/nvidia/driver.ts'
import { parseVgpuType, type VgpuNaming } from '../../../drivers/nvidia/vgpu-type.ts'
import { type Complain, entries, fields, namesTo, part } from '../../schema/fields.ts'
import { bool, contentLine, scalar, size, word } from '../../schema/scalar.ts'
import { quote } from '../../text/problem.ts'

const MB = 2 ** 20
/** `current_vgpu_type` pads them to five digits. */
const LARGEST_ID = 99_999

const id = scalar(
  'the number of a type such as 742',
  text => (/^[1-9]\d{0,4}$/.test(text) ? text : undefined),
  ['string'],
)

/** `nvidia`: a GPU with vGPUs; all that the names of the types do not say is said here. */
export const nvidia = fields('a GPU with vGPUs: a map with framebuffer and types', {
  framebuffer: size.meta({ description: 'what vGPUs share' }),
  types: namesTo(contentLine, 'a map of types, such as {742: NVIDIA A2-1B}', id),
  interface: word('mdev', 'framework')
    .meta({
      description:
        'mdev (where nothing is said): the GPU, or each of its virtual functions, offers types; framework: virtual functions have nvidia/current_vgpu_type',
    })
    .exactOptional(),
  maxwell: bool.meta({ description: 'Q types are no wider than 5120x2880' }).exactOptional(),
  compute_resolution: word('4096x2160', '4096x2400')
    .meta({ description: 'max_resolution of C types: 4096x2160 up to R510; 4096x2400 where nothing is said' })
    .exactOptional(),
})

export type NvidiaDescription = z.output<typeof nvidia>

function naming({ maxwell, compute_resolution }: Partial<NvidiaDescription>): VgpuNaming {
  return {
    ...(maxwell !== undefined && { maxwell }),
    ...(compute_resolution !== undefined && { computeResolution: compute_resolution }),
  }
}

export function gpuInit(description: NvidiaDescription): GpuInit {
  const { framebuffer, types } = description
  return {
    framebuffer: framebuffer / MB,
    interface: description.interface ?? 'mdev',
    types: Object.entries(types)
      .map(([number, name]) => parseVgpuType(Number(number), name, naming(description))!)
      .sort((a, b) => a.id - b.id),
  }
}

export function checkNvidia(nvidia: unknown, complain: Complain): void {
  const framebuffer = part(nvidia, 'framebuffer')
  for (const [number, name] of entries(part(nvidia, 'types'))) {
    if (typeof name !== 'string' || Number(number) > LARGEST_ID) continue
    const type = parseVgpuType(Number(number), name)
    if (!type)
      complain(
        ['types', number],
        `${quote(name)} does not end with a size and a series, as NVIDIA A2-4Q does`,
      )
    else if (typeof framebuffer === 'number' && type.framebuffer * MB > framebuffer)
      complain(['types', number], `${quote(name)} is larger than the frame buffer`)
  }
}
