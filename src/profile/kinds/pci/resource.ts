import type { z } from 'zod'
import type { Layout } from '../../../pci/config/layout.ts'
import { PCI_ROM_RESOURCE } from '../../../pci/header.ts'
import { NO_RESOURCE, type PciResource } from '../../../pci/resource.ts'
import { checkBarSize, ROM_FLAGS, resourceFlags } from '../../bar.ts'
import { type Complain, fields, namesTo, part, related } from '../../schema/fields.ts'
import { bool, count, scalar, size, word } from '../../schema/scalar.ts'
import { Refusal } from '../../schema/values.ts'
import { quote } from '../../text/problem.ts'

const bar = related(
  fields('a map with memory or io, and size', {
    memory: count.meta({ description: 'the address of a memory BAR' }).exactOptional(),
    io: count.meta({ description: 'the address of an I/O BAR' }).exactOptional(),
    size: size,
    width: word('32', '64')
      .meta({ description: 'bits of a memory BAR; 64 takes the next one too' })
      .exactOptional(),
    prefetchable: bool.exactOptional(),
  }),
  checkBar,
)

const BAR_NAMES = ['0', '1', '2', '3', '4', '5', 'rom']

/** `bars`: by their numbers. */
export const bars = namesTo(
  bar,
  'a map of BARs, such as {0: {memory: 0xdd000000, size: 16MB, width: 64}}',
  scalar('the number of a BAR, 0 to 5, or rom', text => (BAR_NAMES.includes(text) ? text : undefined), [
    'string',
  ]),
)

function checkBar(bar: unknown, complain: Complain): void {
  const [memory, io, size] = [part(bar, 'memory'), part(bar, 'io'), part(bar, 'size')]
  if (memory !== undefined && io !== undefined)
    complain(['io'], 'a BAR decodes memory or I/O ports, not both', { key: true })
  if (memory === undefined && io === undefined)
    complain([], 'what does it decode? Add memory or io with an address')
  if (typeof size !== 'number') return
  if (!checkBarSize(size, complain)) return
  for (const [key, start] of [
    ['memory', memory],
    ['io', io],
  ] as const) {
    if (typeof start === 'number' && start % size !== 0)
      complain([key], `a BAR starts at a multiple of its size, 0x${size.toString(16)}`)
  }
}

export function barResources(descriptions: z.output<typeof bars>): PciResource[] {
  const resources: PciResource[] = []
  for (const [name, { memory, io, size, width, prefetchable = false }] of Object.entries(descriptions)) {
    const start = BigInt(memory ?? io!)
    const flags =
      name === 'rom' ? ROM_FLAGS : resourceFlags({ io: io !== undefined, wide: width === '64', prefetchable })
    const index = name === 'rom' ? PCI_ROM_RESOURCE : Number(name)
    resources[index] = { start, end: start + BigInt(size) - 1n, flags }
  }
  return Array.from(resources, resource => resource ?? NO_RESOURCE)
}

/** The BARs of a configuration space that is described as text; those whose size is not known decode nothing. */
export function layoutResources({ bars, rom }: Layout): PciResource[] {
  const sized = bars.filter(({ size }) => size !== undefined)
  const named = sized.map(({ index, kind, prefetch, address, size }) => {
    const place = kind === 'io' ? { io: Number(address) } : { memory: Number(address) }
    const width = kind === 'mem64' ? ('64' as const) : ('32' as const)
    return [String(index), { ...place, size: Number(size), width, prefetchable: prefetch }] as const
  })
  const ofRom =
    rom?.size === undefined ? [] : [['rom', { memory: Number(rom.address), size: Number(rom.size) }] as const]
  return barResources(Object.fromEntries([...named, ...ofRom]))
}

const RESOURCE = /^0x([0-9a-f]{16}) 0x([0-9a-f]{16}) 0x([0-9a-f]{16})$/i
const MOST_RESOURCES = 17

/** `resource`: lines as sysfs has them. */
export const resourceLines = scalar(
  'lines such as 0x00000000dd000000 0x00000000ddffffff 0x0000000000140204',
  text => {
    const resources: PciResource[] = []
    for (const [number, line] of text.trimEnd().split('\n').entries()) {
      const [, start, end, flags] = RESOURCE.exec(line.trim()) ?? []
      if (flags === undefined)
        throw new Refusal(`${quote(line)} is no line of resource: start, end and flags`, number)
      if (number >= MOST_RESOURCES)
        throw new Refusal('a bridge has 17 resources, and other devices 13', number)
      resources.push({
        start: BigInt(`0x${start}`),
        end: BigInt(`0x${end}`),
        flags: Number.parseInt(flags, 16),
      })
    }
    return resources
  },
  ['string'],
)
