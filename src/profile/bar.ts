import { IORESOURCE_IO, IORESOURCE_MEM, IORESOURCE_PREFETCH } from '../pci/resource.ts'
import { type Complain, entries, part } from './schema/fields.ts'
import { quote } from './text/problem.ts'

/** What the kernel adds to the low bits of a BAR (include/linux/ioport.h, pci_regs.h). */
const IORESOURCE_MEM_64 = 0x0010_0000
const IORESOURCE_SIZEALIGN = 0x0004_0000
const IORESOURCE_READONLY = 0x4000
const BAR_IO = 0x1
const BAR_MEM_64 = 0x4
const BAR_PREFETCH = 0x8

export const ROM_FLAGS = IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_READONLY | IORESOURCE_SIZEALIGN

export interface BarTraits {
  readonly io: boolean
  /** 64 bits. */
  readonly wide: boolean
  readonly prefetchable: boolean
}

/** The flags of its resource. */
export function resourceFlags({ io, wide, prefetchable }: BarTraits): number {
  if (io) return IORESOURCE_IO | BAR_IO | IORESOURCE_SIZEALIGN
  return (
    IORESOURCE_MEM |
    (wide ? IORESOURCE_MEM_64 | BAR_MEM_64 : 0) |
    (prefetchable ? IORESOURCE_PREFETCH | BAR_PREFETCH : 0) |
    IORESOURCE_SIZEALIGN
  )
}

/** @returns whether it can be the size of a BAR */
export function checkBarSize(size: number, complain: Complain): boolean {
  if (Number.isInteger(Math.log2(size)) && size >= 4) return true
  complain(['size'], 'the size of a BAR is a power of two, from 4 bytes')
  return false
}

/** A BAR of 64 bits takes two. */
export function checkBars(bars: unknown, complain: Complain): void {
  for (const [name, bar] of entries(bars)) {
    if (part(bar, 'width') !== '64') continue
    const next = String(Number(name) + 1)
    if (name === 'rom' || name === '5') complain([name, 'width'], `BAR ${quote(name)} can not have 64 bits`)
    else if (part(bars, next) !== undefined)
      complain([next], `BAR ${name} has 64 bits and takes this one too`, { key: true })
  }
}
