import { PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE } from '../config-space.ts'
import { type Structure, TAIL } from './field.ts'
import { parseHex } from './format.ts'
import { BARS, headers, ID_FIELDS } from './header.ts'
import {
  BAR_KINDS,
  type Bar,
  type BarKind,
  barFlags,
  hexOffset,
  type Layout,
  type Patch,
  type Place,
  type Placed,
  type Problem,
  type Rom,
  type Setting,
  SPACES,
  type Space,
} from './layout.ts'
import { parseBytes, parseSize } from './size.ts'
import { EXP } from './standard.ts'
import { Mistake, quote, understand, type Word, Words, wordsOf } from './words.ts'

/** The version of the format. */
const FORMAT_VERSION = '1'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/

export interface Parsed {
  readonly layout: Layout
  readonly problems: readonly Problem[]
}

/** Reads a text: all that makes sense in it, and all that does not. */
export function parse(text: string): Parsed {
  return new Parser().parse(text)
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] }

class Parser {
  readonly #problems: Problem[] = []
  readonly #layout: Writable<Layout> = {
    name: undefined,
    version: undefined,
    size: PCI_CFG_SPACE_SIZE,
    type: 0,
    header: [],
    bars: [],
    rom: undefined,
    capabilities: [],
    chains: {},
    raws: [],
    masks: [],
  }
  /** By what may be said once: where it was. */
  readonly #said = new Map<string, Place>()
  readonly #chains = new Map<Space, { words: Words; order: readonly { at: number; word: Word }[] }>()
  #size: (256 | 4096) | undefined

  parse(text: string): Parsed {
    let started = false
    for (const [index, line] of text.split('\n').entries()) {
      const words = [...wordsOf(line, index + 1)]
      if (words.length === 0) continue
      this.#try(() => {
        const [first] = words
        if (!started && first!.text !== 'vpci')
          throw new Mistake(first!, `the first statement is vpci ${FORMAT_VERSION}, put it above`)
      })
      started = true
      this.#try(() => this.#statement(new Words(words)))
    }
    if (!started) this.#complain({ line: 1, column: 1 }, `nothing is here, start with vpci ${FORMAT_VERSION}`)
    this.#header()
    this.#barSlots()
    this.#checkOffsets()
    for (const space of ['cap', 'ecap'] as const) this.#chain(space)
    this.#layout.size = this.#size ?? this.#neededSize()
    return { layout: this.#layout, problems: this.#problems }
  }

  #complain(place: Place, message: string, offset?: number): void {
    const { line, column } = place
    this.#problems.push({ line, column, message, ...(offset !== undefined && { offset }) })
  }

  #try(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      this.#complain(error.place, error.message, error.offset)
    }
  }

  #once(word: Place, what: string): void {
    const before = this.#said.get(what)
    if (before) throw new Mistake(word, `${what} is said in line ${before.line} already, say it once`)
    this.#said.set(what, word)
  }

  #statement(words: Words): void {
    const { text } = words.statement
    const statements = this.#statements
    if (!Object.hasOwn(statements, text)) {
      const known = Object.keys(statements).join(', ')
      throw new Mistake(words.statement, `${quote(text)} is no statement, use one of ${known}`)
    }
    statements[text as keyof typeof statements](words)
    words.end()
  }

  readonly #statements = {
    vpci: (words: Words) => {
      this.#once(words.statement, 'vpci')
      words.read(`${FORMAT_VERSION}, the version of the format`, text =>
        text === FORMAT_VERSION ? text : undefined,
      )
    },
    name: (words: Words) => {
      this.#once(words.statement, 'name')
      this.#layout.name = words.read('a name of letters, digits and . _ + -', text =>
        NAME.test(text) ? text : undefined,
      )
    },
    version: (words: Words) => {
      this.#once(words.statement, 'version')
      this.#layout.version = words.read('a version of letters, digits and . _ + -', text =>
        NAME.test(text) ? text : undefined,
      )
    },
    size: (words: Words) => {
      this.#once(words.statement, 'size')
      this.#size = words.read('256 or 4096', text =>
        text === '256' ? PCI_CFG_SPACE_SIZE : text === '4096' ? PCI_CFG_SPACE_EXP_SIZE : undefined,
      )
    },
    id: (words: Words) => this.#id(words),
    header: (words: Words) => this.#headerStatement(words),
    bar: (words: Words) => this.#bar(words),
    rom: (words: Words) => this.#rom(words),
    cap: (words: Words) => this.#capability('cap', words),
    ecap: (words: Words) => this.#capability('ecap', words),
    chain: (words: Words) => this.#chainStatement(words),
    raw: (words: Words) => this.#layout.raws.push(this.#patch(words)),
    mask: (words: Words) => this.#layout.masks.push(this.#patch(words)),
  }

  /** `id VVVV:DDDD subsys VVVV:DDDD class CCCCCC rev RR`. */
  #id(words: Words): void {
    this.#once(words.statement, 'id')
    const pair = 'vendor and device as hexadecimal digits, such as 1af4:1041'
    const ids = (vendor: string, device: string) => {
      const word = words.next(pair)
      const [a, b] = understand(word, pair, text => {
        const parts = text.split(':').map(part => parseHex(part, 4))
        return parts.length === 2 && parts[0] !== undefined && parts[1] !== undefined
          ? [parts[0], parts[1]]
          : undefined
      })
      this.#layout.header.push(
        { name: vendor, value: a!, place: word },
        { name: device, value: b!, place: word },
      )
    }
    ids('vendor', 'device')
    while (!words.done) {
      const keyword = words.next('subsys, class or rev')
      if (keyword.text === 'subsys') {
        this.#once(keyword, 'subsys')
        ids('subvendor', 'subdevice')
      } else if (keyword.text === 'class' || keyword.text === 'rev') {
        this.#once(keyword, keyword.text)
        const { format } = headers[0].fields.find(({ name }) => name === keyword.text)!
        this.#layout.header.push({
          name: keyword.text,
          value: words.read(format.expects, format.parse),
          place: keyword,
        })
      } else {
        throw new Mistake(keyword, `${quote(keyword.text)} is wrong here, write subsys, class or rev`)
      }
    }
  }

  /** Fields are looked up when the type is known: `header type 1 intx a primary=0x2`. */
  readonly #headerWords: Word[] = []

  #headerStatement(words: Words): void {
    this.#once(words.statement, 'header')
    while (!words.done) {
      const word = words.next('a field')
      if (word.text === 'type') {
        this.#once(word, 'type')
        this.#layout.type = words.read('0, or 1 for a bridge', text =>
          text === '0' ? 0 : text === '1' ? 1 : undefined,
        )
      } else if (word.text === 'intx') {
        const pin = words.next('none, a, b, c or d')
        this.#headerWords.push({ ...word, text: `intx=${pin.text}` })
      } else {
        this.#headerWords.push(word)
      }
    }
  }

  #header(): void {
    const structure = headers[this.#layout.type]
    const separate: readonly string[] = ID_FIELDS
    const fields = structure.fields.filter(({ name }) => !separate.includes(name))
    const { settings } = this.#settings({ ...structure, fields }, this.#headerWords)
    const known = this.#layout.header.filter(({ name, place }) => {
      if (structure.fields.some(field => field.name === name)) return true
      // said with one word for both ids
      if (name === 'subvendor')
        this.#complain(place, 'a bridge has its subsystem ids in the capability ssvid, say them there')
      return false
    })
    this.#layout.header = [...known, ...settings]
  }

  /** `name=value` for the fields of a structure. */
  #settings(structure: Structure, words: readonly Word[], at?: number): Pick<Placed, 'settings' | 'tail'> {
    const settings = new Map<string, Setting>()
    let tail: Placed['tail']
    for (const word of words) {
      this.#try(() => {
        const equals = word.text.indexOf('=')
        const name = equals < 0 ? word.text : word.text.slice(0, equals)
        const value: Word = {
          text: word.text.slice(equals + 1),
          line: word.line,
          column: word.column + equals + 1,
        }
        if (settings.has(name) || (name === TAIL && tail)) {
          throw new Mistake(word, `${quote(name)} is said twice, say it once`, at)
        }
        const field = structure.fields.find(known => known.name === name)
        if (!field && !(name === TAIL && structure.tail)) {
          const names = [
            ...new Set(structure.fields.map(known => known.name)),
            ...(structure.tail ? [TAIL] : []),
          ]
          const advice =
            names.length === 0 ? 'it has none, write its bytes with raw' : `use one of ${names.join(', ')}`
          throw new Mistake(word, `${quote(name)} is no field of ${structure.name}, ${advice}`, at)
        }
        if (equals < 0) throw new Mistake(word, `${name} has no value, write ${name}=VALUE`, at)
        if (!field) {
          tail = { bytes: understand(value, 'bytes as pairs of hexadecimal digits', parseBytes), place: word }
          return
        }
        const number = understand(value, field.format.expects, field.format.parse)
        if (number >= 2 ** field.width) {
          const most = field.format.print(2 ** field.width - 1)
          throw new Mistake(value, `${name} has ${field.width} bits, write at most ${most}`, at)
        }
        settings.set(name, { name, value: number, place: word })
      })
    }
    return { settings: [...settings.values()], tail }
  }

  /** `bar 0 mem64 prefetch size 16K at fe000000`. */
  #bar(words: Words): void {
    const place = words.statement
    const index = words.read('the number of a BAR, 0 to 5', text =>
      /^[0-5]$/.test(text) ? Number(text) : undefined,
    )
    const kinds = Object.keys(BAR_KINDS)
    const kind = words.read(`one of ${kinds.join(', ')}`, text =>
      kinds.includes(text) ? (text as BarKind) : undefined,
    )
    let prefetch = false
    if (words.peek() === 'prefetch') {
      const word = words.next('prefetch')
      if (kind === 'io') throw new Mistake(word, 'I/O ports are not prefetchable, take prefetch away')
      prefetch = true
    }
    const { size, address } = this.#region(words, kind === 'mem64' ? 64 : 32, barFlags(kind))
    this.#layout.bars.push({ index, kind, prefetch, address, size, place })
  }

  /** `rom size 128K at fe000000 enabled`. */
  #rom(words: Words): void {
    this.#once(words.statement, 'rom')
    const { size, address } = this.#region(words, 32, 0x7ffn)
    const enabled = words.peek() === 'enabled'
    if (enabled) words.next('enabled')
    this.#layout.rom = { address, size, enabled, place: words.statement } satisfies Rom
  }

  #region(words: Words, width: number, flags: bigint): { size: bigint | undefined; address: bigint } {
    let size: bigint | undefined
    let address = 0n
    while (words.peek() === 'size' || words.peek() === 'at') {
      const keyword = words.next('size')
      this.#twice(keyword, keyword.text === 'size' ? size !== undefined : address !== 0n)
      if (keyword.text === 'size') {
        const expects = `a power of two from ${flags + 1n} on, such as 16K`
        size = words.read(expects, text => {
          const value = parseSize(text)
          return value !== undefined &&
            value > flags &&
            value < 1n << BigInt(width) &&
            (value & (value - 1n)) === 0n
            ? value
            : undefined
        })
      } else {
        address = words.read(
          `an address of at most ${width / 4} hexadecimal digits, a multiple of ${flags + 1n}`,
          text => {
            const value = /^(0x)?[0-9a-f]{1,16}$/i.test(text)
              ? BigInt(`0x${text.replace(/^0x/i, '')}`)
              : undefined
            return value !== undefined && value >> BigInt(width) === 0n && (value & flags) === 0n
              ? value
              : undefined
          },
        )
      }
    }
    return { size, address }
  }

  #twice(word: Word, before: boolean): void {
    if (before) throw new Mistake(word, `${word.text} is said twice, say it once`)
  }

  /** BARs have to be there, and one of 64 bits takes two. */
  #barSlots(): void {
    const count = BARS[this.#layout.type]
    const taken = new Map<number, Bar>()
    const fits = ({ index, kind, place }: Bar, bar: Bar) => {
      const slots = kind === 'mem64' ? [index, index + 1] : [index]
      if (slots.at(-1)! >= count) {
        this.#complain(place, `BAR ${slots.at(-1)} is not there, the last one is ${count - 1}`)
        return false
      }
      const other = slots.map(slot => taken.get(slot)).find(known => known !== undefined)
      if (other) {
        const why = other.index === index ? 'is said' : 'is the upper half of a 64-bit BAR'
        const slot = other.index === index ? index : Math.max(index, other.index)
        this.#complain(place, `BAR ${slot} ${why} in line ${other.place.line} already, use another one`)
        return false
      }
      for (const slot of slots) taken.set(slot, bar)
      return true
    }
    this.#layout.bars = this.#layout.bars.filter(bar => fits(bar, bar))
  }

  #offset(words: Words, what: string): { at: number; word: Word } {
    const word = words.next(what)
    return { at: understand(word, what, text => parseHex(text, 3)), word }
  }

  /** `cap 40 pm ver=3`. */
  #capability(space: Space, words: Words): void {
    const { start, end, table, idDigits, unnamed } = SPACES[space]
    const range = `an offset from ${hexOffset(start)} to ${hexOffset(end - 4)}, a multiple of 4, in hexadecimal digits`
    const { at, word } = this.#offset(words, range)
    if (at < start || at >= end || at % 4 !== 0) {
      throw new Mistake(word, `${quote(word.text)} is wrong here, write ${range}`, at)
    }
    const expects = `one of ${table.map(({ name }) => name).join(', ')}, or an id such as 0x${'2'.padStart(idDigits, '0')}`
    const structure = words.read(expects, text => {
      const known = table.find(({ name }) => name === text)
      if (known) return known
      const id = /^0x/i.test(text) ? parseHex(text, idDigits) : undefined
      return id === undefined ? undefined : unnamed(id)
    })
    const rest: Word[] = []
    while (!words.done) rest.push(words.next('a field'))
    const place = words.statement
    this.#layout.capabilities.push({ space, at, structure, place, ...this.#settings(structure, rest, at) })
  }

  /** Two capabilities can not start in one place. */
  #checkOffsets(): void {
    const taken = new Map<number, Placed>()
    this.#layout.capabilities = this.#layout.capabilities.filter(capability => {
      const { at, place } = capability
      const other = taken.get(at)
      if (other) {
        const message = `${other.structure.name} in line ${other.place.line} starts at ${hexOffset(at)} already, move one of them`
        this.#complain(place, message, at)
        return false
      }
      taken.set(at, capability)
      return true
    })
  }

  /** `chain cap 98 84 70`. */
  #chainStatement(words: Words): void {
    const space = words.read('cap or ecap', text => (text === 'cap' || text === 'ecap' ? text : undefined))
    this.#once(words.statement, `chain ${space}`)
    const order: { at: number; word: Word }[] = []
    do order.push(this.#offset(words, 'offsets of capabilities in the order of the chain'))
    while (!words.done)
    this.#chains.set(space, { words, order })
  }

  #chain(space: Space): void {
    const said = this.#chains.get(space)
    if (!said) return
    const there = this.#layout.capabilities.filter(known => known.space === space).map(({ at }) => at)
    const order: number[] = []
    for (const { at, word } of said.order) {
      if (!there.includes(at))
        this.#complain(word, `no ${space} starts at ${hexOffset(at)}, leave it out`, at)
      else if (order.includes(at))
        this.#complain(
          word,
          `the chain comes back to ${hexOffset(at)} and never ends, say each offset once`,
          at,
        )
      else order.push(at)
    }
    this.#layout.chains = { ...this.#layout.chains, [space]: order }
  }

  /** `raw c0 09 00 10 01`. */
  #patch(words: Words): Patch {
    const { at } = this.#offset(words, 'an offset in hexadecimal digits')
    const bytes: number[] = []
    do bytes.push(...words.read('bytes as pairs of hexadecimal digits', parseBytes))
    while (!words.done)
    return { at, bytes: Uint8Array.from(bytes), place: words.statement }
  }

  /** 4096 where something is said of bytes beyond 256, or of PCI Express. */
  #neededSize(): 256 | 4096 {
    const { capabilities, raws, masks } = this.#layout
    const large =
      capabilities.some(({ space, structure }) => space === 'ecap' || structure.id === EXP) ||
      [...raws, ...masks].some(({ at, bytes }) => at + bytes.length > PCI_CFG_SPACE_SIZE)
    return large ? PCI_CFG_SPACE_EXP_SIZE : PCI_CFG_SPACE_SIZE
  }
}
