import { PCI_BASE_ADDRESS_0, PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE } from '../config-space.ts'
import { assemble } from './assemble.ts'
import { getBits } from './bits.ts'
import { fieldsOf, NO_EXPRESS, type Structure, type View, viewOf } from './field.ts'
import { BARS, headers, ID_FIELDS, ROM_AT, STATUS_CAP_LIST } from './header.ts'
import {
  BAR_KINDS,
  BAR_PREFETCH,
  type Bar,
  type BarKind,
  barFlags,
  ConfigError,
  type Layout,
  NOWHERE,
  type Patch,
  type Placed,
  type Rom,
  type Setting,
  type Space,
} from './layout.ts'
import { print } from './print.ts'
import { type Found, headerType, walk } from './walk.ts'

/** What bytes alone do not tell. */
export interface DeriveOptions {
  /** Of the instance type. */
  readonly name?: string
  readonly version?: string
  /** Sizes of the BARs by their numbers; 6 is the expansion ROM. */
  readonly barSizes?: readonly (bigint | undefined)[]
  /** Which bits software changes, where that is known; otherwise what the specification says. */
  readonly writable?: Uint8Array
}

/** Number of the expansion ROM among the BARs. */
export const ROM_INDEX = 6
const ROM_ADDRESS = 0xffff_f800

/**
 * The text of a configuration space. Compiled, it gives the very same bytes, whatever they are: what has no name or
 * breaks the rules stands in it as `raw`.
 *
 * @throws ConfigError unless there are 256 or 4096 bytes
 */
export function derive(bytes: Uint8Array, options: DeriveOptions = {}): string {
  return print(deriveLayout(bytes, options))
}

export function deriveLayout(bytes: Uint8Array, options: DeriveOptions = {}): Layout {
  const size = bytes.length
  if (size !== PCI_CFG_SPACE_SIZE && size !== PCI_CFG_SPACE_EXP_SIZE) {
    const message = `configuration space has 256 or 4096 bytes and these are ${size}, read all of them as root`
    throw new ConfigError([{ ...NOWHERE, message }])
  }
  const named = namedLayout(bytes, size, options)
  const image = assemble(named)
  return {
    ...named,
    raws: differences(image.bytes, bytes),
    masks: options.writable ? differences(image.writable, options.writable) : [],
  }
}

/** All that has a name. */
function namedLayout(
  bytes: Uint8Array,
  size: 256 | 4096,
  { name, version, barSizes = [] }: DeriveOptions,
): Layout {
  const type = headerType(bytes) ?? 0
  const { found } = walk(bytes)
  const placed = found.map(placedOf)
  const hidden = found.filter(known => known.hidden).map(({ at }) => at)
  return {
    name,
    version,
    size,
    type,
    header: headerSettings(headers[type], bytes),
    bars: bars(bytes, BARS[type], barSizes),
    rom: rom(bytes, ROM_AT[type], barSizes[ROM_INDEX]),
    capabilities: placed.toSorted((a, b) => a.at - b.at),
    chains: { ...chain(placed, 'cap', hidden), ...chain(placed, 'ecap', hidden) },
    raws: [],
    masks: [],
  }
}

/** The statement `chain`, where capabilities do not follow each other by their offsets, or are not in it. */
function chain(placed: readonly Placed[], space: Space, hidden: readonly number[]): Layout['chains'] {
  const all = placed.filter(known => known.space === space).map(({ at }) => at)
  const offsets = all.filter(at => !hidden.includes(at))
  const ascending = offsets.every((at, i) => i === 0 || offsets[i - 1]! < at)
  return ascending && all.length === offsets.length ? {} : { [space]: offsets }
}

/** What differs from what a text gives without saying it; and what is not zero by itself, for people. */
function settingsOf(structure: Structure, view: View): Setting[] {
  const settings: Setting[] = []
  for (const { name, at, low, width, initial } of fieldsOf(structure, view)) {
    const value = view.bits(at, low, width)
    if (value !== 0 || initial !== 0) settings.push({ name, value, place: NOWHERE })
  }
  return settings
}

function placedOf({ space, at, structure, size, view }: Found): Placed {
  const tail = structure.tail && tailOf(view, structure.tail.at, size)
  return { space, at, structure, settings: settingsOf(structure, view), tail, place: NOWHERE }
}

/** Zeros at the end need no saying. */
function tailOf(view: View, start: number, size: number): Placed['tail'] {
  const bytes = Array.from({ length: Math.max(0, size - start) }, (_, i) => view.bits(start + i, 0, 8))
  const length = bytes.findLastIndex(byte => byte !== 0) + 1
  return length === 0 ? undefined : { bytes: Uint8Array.from(bytes.slice(0, length)), place: NOWHERE }
}

function headerSettings(structure: Structure, bytes: Uint8Array): Setting[] {
  const view = viewOf(bytes, 0, NO_EXPRESS)
  const ids: readonly string[] = ID_FIELDS
  // STATUS_CAP_LIST comes with the first capability
  const implied = (name: string, value: number) => name === 'status' && (value & ~STATUS_CAP_LIST) === 0
  return structure.fields
    .map(({ name, at, low, width }) => ({ name, value: view.bits(at, low, width), place: NOWHERE }))
    .filter(({ name, value }) => ids.includes(name) || (value !== 0 && !implied(name, value)))
}

const KIND_OF = new Map(Object.entries(BAR_KINDS).map(([kind, flags]) => [flags, kind as BarKind]))

/** Registers that decode something, or whose size is known; one that makes no sense stays raw. */
function bars(bytes: Uint8Array, count: number, sizes: readonly (bigint | undefined)[]): Bar[] {
  const bars: Bar[] = []
  for (let index = 0; index < count; index++) {
    const value = getBits(bytes, PCI_BASE_ADDRESS_0 + 4 * index, 0, 32)
    const size = sizes[index]
    if (value === 0 && size === undefined) continue
    const kind = KIND_OF.get(value & 1 ? value & 3 : value & 6)
    if (kind === undefined || (kind === 'mem64' && index + 1 >= count)) continue
    const wide = kind === 'mem64' ? BigInt(getBits(bytes, PCI_BASE_ADDRESS_0 + 4 * (index + 1), 0, 32)) : 0n
    const address = ((wide << 32n) | BigInt(value)) & ~barFlags(kind)
    const prefetch = kind !== 'io' && (value & BAR_PREFETCH) !== 0
    bars.push({ index, kind, prefetch, address, size, place: NOWHERE })
    if (kind === 'mem64') index++
  }
  return bars
}

function rom(bytes: Uint8Array, at: number, size: bigint | undefined): Rom | undefined {
  const value = getBits(bytes, at, 0, 32)
  if (value === 0 && size === undefined) return undefined
  const address = BigInt(value & ROM_ADDRESS) & 0xffff_ffffn
  return { address, size, enabled: (value & 1) === 1, place: NOWHERE }
}

/** Runs of bytes in which the second differs. */
export function differences(from: Uint8Array, to: Uint8Array): Patch[] {
  const patches: Patch[] = []
  for (let at = 0; at < to.length; at++) {
    if (from[at] === to[at]) continue
    let end = at + 1
    while (end < to.length && from[end] !== to[end]) end++
    patches.push({ at, bytes: to.slice(at, end), place: NOWHERE })
    at = end
  }
  return patches
}
