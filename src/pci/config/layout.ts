import { EXTENDED_HEADER_SIZE, extendedCapabilities, unnamedExtended } from './extended.ts'
import type { Structure } from './field.ts'
import { CAPABILITY_HEADER_SIZE, standardCapabilities } from './standard.ts'

/** Where something stands in a text: from 1; 0 where it came from bytes. */
export interface Place {
  readonly line: number
  readonly column: number
}

export const NOWHERE: Place = { line: 0, column: 0 }

/** One mistake. */
export interface Problem extends Place {
  /** Where in configuration space, if anywhere. */
  readonly offset?: number
  /** One sentence without its place and without a full stop. */
  readonly message: string
}

/** A text that can not be used, with all that is wrong in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

/** `line 7, offset 188: ...`. */
export function formatProblem({ line, column, offset, message }: Problem): string {
  const where = [
    ...(line > 0 ? [`line ${line}:${column}`] : []),
    ...(offset === undefined ? [] : [`offset ${hexOffset(offset)}`]),
  ]
  return where.length === 0 ? message : `${where.join(', ')}: ${message}`
}

/** As texts and dumps write it: two digits, or three. */
export function hexOffset(offset: number): string {
  return offset.toString(16).padStart(2, '0')
}

export interface Setting {
  readonly name: string
  readonly value: number
  readonly place: Place
}

/** A capability at its offset with what is said of it. */
export interface Placed {
  readonly space: Space
  readonly at: number
  readonly structure: Structure
  readonly settings: readonly Setting[]
  readonly tail: { readonly bytes: Uint8Array; readonly place: Place } | undefined
  readonly place: Place
}

export type BarKind = 'io' | 'mem32' | 'mem64' | 'mem1m'

/** The low bits of a base address of each kind. */
export const BAR_KINDS: Readonly<Record<BarKind, number>> = { mem32: 0, io: 1, mem1m: 2, mem64: 4 }
export const BAR_PREFETCH = 0x8
/** What comes before the address in a base address register. */
export const barFlags = (kind: BarKind) => (kind === 'io' ? 0x3n : 0xfn)

export interface Bar {
  readonly index: number
  readonly kind: BarKind
  readonly prefetch: boolean
  readonly address: bigint
  /** Absent where nobody knows: then the address does not move. */
  readonly size: bigint | undefined
  readonly place: Place
}

export interface Rom {
  readonly address: bigint
  readonly size: bigint | undefined
  readonly enabled: boolean
  readonly place: Place
}

/** Bytes from an offset on. */
export interface Patch {
  readonly at: number
  readonly bytes: Uint8Array
  readonly place: Place
}

/** What a text says, or what is to be said of bytes. */
export interface Layout {
  /** Of the instance type, and its version. */
  readonly name: string | undefined
  readonly version: string | undefined
  readonly size: 256 | 4096
  /** Of the header: 0, or 1 for a bridge. */
  readonly type: 0 | 1
  readonly header: readonly Setting[]
  readonly bars: readonly Bar[]
  readonly rom: Rom | undefined
  readonly capabilities: readonly Placed[]
  /** In which order capabilities follow each other, where that is not by their offsets. */
  readonly chains: Partial<Readonly<Record<Space, readonly number[]>>>
  readonly raws: readonly Patch[]
  readonly masks: readonly Patch[]
}

export type Space = 'cap' | 'ecap'

/** Where capabilities of each kind stand and how they are linked. */
export interface SpaceRules {
  readonly start: number
  readonly end: number
  readonly headerSize: number
  readonly table: readonly Structure[]
  /** Digits of an id. */
  readonly idDigits: number
  unnamed(id: number): Structure
}

export const SPACES: Readonly<Record<Space, SpaceRules>> = {
  cap: {
    start: 0x40,
    end: 0x100,
    headerSize: CAPABILITY_HEADER_SIZE,
    table: standardCapabilities,
    idDigits: 2,
    unnamed: id => ({
      id,
      name: `0x${id.toString(16).padStart(2, '0')}`,
      title: 'unknown',
      size: CAPABILITY_HEADER_SIZE,
      fields: [],
      many: true,
      versions: [],
    }),
  },
  ecap: {
    start: 0x100,
    end: 0x1000,
    headerSize: EXTENDED_HEADER_SIZE,
    table: extendedCapabilities,
    idDigits: 4,
    unnamed: unnamedExtended,
  },
}

const byId = {
  cap: new Map(standardCapabilities.map(structure => [structure.id, structure])),
  ecap: new Map(extendedCapabilities.map(structure => [structure.id, structure])),
}

/** The structure with that id, or one without a name. */
export function structureOf(space: Space, id: number): Structure {
  return byId[space].get(id) ?? SPACES[space].unnamed(id)
}
