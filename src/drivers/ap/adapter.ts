/** What a card does (`MODE` of its events). */
export type Mode = 'accel' | 'cca' | 'ep11'

/** Bits of `ap_functions`, bit 0 leftmost (arch/s390/include/asm/ap.h). */
const FUNC_COPRO = 0x10000000
const FUNC_ACCEL = 0x08000000
const FUNC_EP11 = 0x04000000

/** `ap_functions` of a card that does no more than its mode asks for. */
export const FUNCTIONS: { readonly [M in Mode]: number } = {
  accel: 0x6a000000,
  cca: 0x92000000,
  ep11: 0x06000000,
}

/** CEX4, the oldest card that is modelled, and CEX8, the newest. */
export const TYPE_CEX4 = 10
export const TYPE_CEX7 = 13
export const TYPE_CEX8 = 14

/** What a card tells of itself when it is asked. A card that answers nothing has none of it. */
export interface Answers {
  /** CCA, EP11. */
  readonly serialnr?: string
  /** EP11. */
  readonly apiOrdinal?: string
  readonly firmware?: string
  readonly opModes?: string
  /** Key verification patterns of every domain: the lines of `mkvps`. */
  readonly mkvps?: string
}

export interface AdapterInit extends Answers {
  readonly id: number
  /** 10 is CEX4, 14 is CEX8. */
  readonly rawType: number
  readonly functions: number
  /** Requests that a queue holds. */
  readonly depth?: number
  /** Bytes. */
  readonly maxMsgSize?: number
  readonly configured?: boolean
  readonly checkstopped?: boolean
}

/** A crypto card of the hardware, whether the kernel found it already or not. */
export class Adapter {
  readonly id: number
  readonly rawType: number
  readonly functions: number
  readonly depth: number
  readonly maxMsgSize: number
  readonly answers: Answers
  /** Changed by SCLP, from here or from the support element. */
  configured: boolean
  checkstopped: boolean

  constructor(init: AdapterInit) {
    this.id = init.id
    this.rawType = init.rawType
    this.functions = init.functions
    this.depth = init.depth ?? 8
    this.maxMsgSize = init.maxMsgSize ?? 12_288
    this.answers = init
    this.configured = init.configured ?? true
    this.checkstopped = init.checkstopped ?? false
  }

  /** The first of the three that its functions have, in the order in which drivers look. */
  get mode(): Mode {
    if (this.functions & FUNC_ACCEL) return 'accel'
    return this.functions & FUNC_COPRO || !(this.functions & FUNC_EP11) ? 'cca' : 'ep11'
  }
}
