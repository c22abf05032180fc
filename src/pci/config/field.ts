import { type Bits, getBits } from './bits.ts'
import { decimal, type Format } from './format.ts'

/** What the size of a capability and the presence of its fields may depend on. */
export interface View {
  /** Bits of the capability itself. */
  bits(at: number, low: number, width: number): number
  /** Device/port type of the PCI Express capability; 0, an endpoint, without one. */
  readonly port: number
  /** Maximum link width there; 0 without one. */
  readonly lanes: number
}

/** Named bits of a register. */
export interface Field {
  readonly name: string
  /** Offset in bytes inside the capability. */
  readonly at: number
  readonly low: number
  /** At most 32. */
  readonly width: number
  readonly format: Format
  /** The bits of it that a write changes. */
  readonly writable: number
  /** What it is where the text does not say. */
  readonly initial: number
  /** Whether this form of the capability has it. */
  readonly when?: (view: View) => boolean
}

export interface FieldSpec {
  readonly bits: Bits
  readonly as?: Format
  readonly initial?: number
  readonly when?: (view: View) => boolean
  /** Where a write changes some of its bits only. */
  readonly mask?: number
}

type Specs = Readonly<Record<string, Bits | FieldSpec>>

function isBits(spec: Bits | FieldSpec): spec is Bits {
  return typeof spec === 'number' || Array.isArray(spec)
}

function field(name: string, at: number, spec: Bits | FieldSpec, writable: boolean): Field {
  const { bits, as = decimal, initial = 0, when, mask } = isBits(spec) ? { bits: spec } : spec
  const [high, low] = typeof bits === 'number' ? [bits, bits] : bits
  const width = high - low + 1
  return {
    name,
    at,
    low,
    width,
    format: as,
    writable: writable ? (mask ?? 2 ** width - 1) : 0,
    initial,
    ...(when && { when }),
  }
}

/** Fields of a register that stay as they are. */
export function fixed(at: number, specs: Specs): Field[] {
  return Object.entries(specs).map(([name, spec]) => field(name, at, spec, false))
}

/** Fields of a register that software writes. */
export function writable(at: number, specs: Specs): Field[] {
  return Object.entries(specs).map(([name, spec]) => field(name, at, spec, true))
}

/** The end of a capability, as bytes; a field of the capability tells where it ends. */
export interface Tail {
  readonly at: number
  /** Name of the field with the length of the whole capability. */
  readonly length: string
}

/** The name under which a text gives the bytes of a {@link Tail}. */
export const TAIL = 'data'

/** The structure of a capability or of a header: all that is known of it. */
export interface Structure {
  readonly name: string
  /** As the specification says it. */
  readonly title: string
  readonly id: number
  readonly size: number | ((view: View) => number)
  readonly fields: readonly Field[]
  readonly tail?: Tail
  /** Whether a function may have several. */
  readonly many: boolean
  /** Versions that exist, of extended capabilities. */
  readonly versions: readonly number[]
}

export function sizeOf({ size }: Structure, view: View): number {
  return typeof size === 'number' ? size : size(view)
}

/** Looks at the capability that starts at an offset. */
export function viewOf(bytes: Uint8Array, base: number, express: ExpressFacts): View {
  return { bits: (at, low, width) => getBits(bytes, base + at, low, width), ...express }
}

/** What other capabilities need to know of the PCI Express capability. */
export interface ExpressFacts {
  readonly port: number
  readonly lanes: number
}

export const NO_EXPRESS: ExpressFacts = { port: 0, lanes: 0 }

/** The fields that this form of the structure has. */
export function* fieldsOf(structure: Structure, view: View): Generator<Field> {
  for (const known of structure.fields) {
    const end = known.at + ((known.low + known.width + 7) >> 3)
    if (end <= sizeOf(structure, view) && (known.when?.(view) ?? true)) yield known
  }
}
