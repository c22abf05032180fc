import { SyntaxProblem } from './syntax-problem.ts'

/** Fields of a device in the order of its file: `software_version`, `type`, `aggregator`. */
export type Fields = ReadonlyMap<string, string>

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'declare'; readonly name: string; readonly items: readonly string[] }
  | { readonly kind: 'refer'; readonly name: string; readonly divisor: bigint }

type Pattern = readonly Part[]

/** What one `compatible` object says of each of its fields. */
export type Compatible = ReadonlyMap<string, Pattern>

interface Scope {
  /** By name: whether the variable is an int. */
  readonly declared: Map<string, boolean>
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y

/**
 * The template language of `compatible` (Yan Zhao, July 2020; defined there by example alone):
 *
 *     part := literal | "{" name ":" ("int"|"string") ":" item ("," item)* "}" | "{" name "}" ["/" digits]
 *
 * The first appearance of a variable declares it and says its values, later ones refer to it. String items stand in
 * quotes. `""` alone means that a compatible device may be without the field. Throws a {@link SyntaxProblem}.
 */
export function parseCompatible(fields: Fields): Compatible {
  const scope: Scope = { declared: new Map() }
  return new Map([...fields].map(([field, text]) => [field, parsePattern(text, scope)]))
}

function parsePattern(text: string, scope: Scope): Pattern {
  if (isQuoted(text)) return [{ kind: 'literal', text: unquote(text) }]
  const parts: Part[] = []
  let at = 0
  while (at < text.length) {
    if (text[at] === '{') {
      const [part, end] = parseBraces(text, at, scope)
      parts.push(part)
      at = end
      continue
    }
    const open = text.indexOf('{', at)
    const end = open < 0 ? text.length : open
    const literal = text.slice(at, end)
    const stray = literal.indexOf('}')
    if (stray >= 0) throw new SyntaxProblem(text, at + stray, 'a brace is closed that was not opened')
    parts.push({ kind: 'literal', text: literal })
    at = end
  }
  return parts
}

function parseBraces(text: string, open: number, scope: Scope): [part: Part, end: number] {
  NAME.lastIndex = open + 1
  const name = NAME.exec(text)?.[0]
  if (name === undefined) throw new SyntaxProblem(text, open + 1, 'the name of a variable is wanted')
  const at = open + 1 + name.length
  if (text[at] === '}') return parseReference(text, open, name, at + 1, scope)
  if (text[at] !== ':') throw new SyntaxProblem(text, at, 'a colon or a closing brace is wanted')
  if (scope.declared.has(name)) throw new SyntaxProblem(text, open + 1, `${name} is declared already`)
  const type = /^:(int|string):/.exec(text.slice(at, at + 8))?.[1]
  if (type === undefined)
    throw new SyntaxProblem(text, at + 1, 'the type is int or string, and a colon follows')
  const [items, end] = parseItems(text, at + type.length + 2, type === 'int')
  scope.declared.set(name, type === 'int')
  return [{ kind: 'declare', name, items }, end]
}

function parseReference(
  text: string,
  open: number,
  name: string,
  after: number,
  scope: Scope,
): [part: Part, end: number] {
  const isInt = scope.declared.get(name)
  if (isInt === undefined) throw new SyntaxProblem(text, open + 1, `${name} is not declared before`)
  if (!isInt || text[after] !== '/') return [{ kind: 'refer', name, divisor: 1n }, after]
  const digits = /^\d{1,19}/.exec(text.slice(after + 1, after + 20))?.[0]
  if (digits === undefined || BigInt(digits) === 0n)
    throw new SyntaxProblem(text, after + 1, 'a divisor of at least 1 is wanted')
  return [{ kind: 'refer', name, divisor: BigInt(digits) }, after + 1 + digits.length]
}

const INT_ITEM = /\d{1,19}/y
const STRING_ITEM = /"([^"]*)"/y

function parseItems(text: string, start: number, isInt: boolean): [items: string[], end: number] {
  const items: string[] = []
  const item = isInt ? INT_ITEM : STRING_ITEM
  for (let at = start; ; at++) {
    item.lastIndex = at
    const match = item.exec(text)
    if (!match) throw new SyntaxProblem(text, at, isInt ? 'a number is wanted' : 'a word in quotes is wanted')
    items.push(isInt ? String(BigInt(match[0])) : match[1]!)
    at += match[0].length
    if (text[at] === '}') return [items, at + 1]
    if (text[at] !== ',') throw new SyntaxProblem(text, at, 'a comma or a closing brace is wanted')
  }
}

function isQuoted(text: string): boolean {
  return text.length >= 2 && text.startsWith('"') && text.indexOf('"', 1) === text.length - 1
}

/** Quotes around a whole value are not part of it. */
export function unquote(text: string): string {
  return isQuoted(text) ? text.slice(1, -1) : text
}

export type Match =
  | { readonly matches: true; readonly values: ReadonlyMap<string, string> }
  | { readonly matches: false; readonly field: string; readonly reason: string }

/**
 * A rule that takes the place of the pattern for a field; undefined leaves it to the pattern.
 *
 * @param wanted the literal that `compatible` has, if it is one
 */
export type FieldRule = (field: string, value: string, wanted: string) => Match | true | undefined

/** Beyond so many attempts a template is a riddle, not a list. */
const MOST_STEPS = 100_000

/**
 * Whether the device's own fields are what `compatible` describes: there have to be values of the variables with which
 * every field of either side is equal, one that is absent being equal to an empty one. A division has to leave no
 * rest. Where nothing fits, the field is named that no choice of values got beyond.
 */
export function match(self: Fields, compatible: Compatible, rule?: FieldRule): Match {
  const names = [...new Set([...compatible.keys(), ...self.keys()])]
  const values = new Map<string, string>()
  let deepest = -1
  let failure: Match = { matches: false, field: '', reason: '' }
  let steps = 0

  const fail = (index: number, field: string, reason: string): false => {
    if (index > deepest) {
      deepest = index
      failure = { matches: false, field, reason }
    }
    return false
  }

  const matchField = (index: number): boolean => {
    const field = names[index]
    if (field === undefined) return true
    const value = unquote(self.get(field) ?? '')
    const pattern = compatible.get(field) ?? []
    const ruled =
      rule && literalOf(pattern) !== undefined ? rule(field, value, literalOf(pattern)!) : undefined
    if (ruled === true) return matchField(index + 1)
    if (ruled) return ruled.matches ? matchField(index + 1) : fail(index, field, ruled.reason)
    return (
      matchParts(pattern, 0, value, index) ||
      fail(index, field, `${JSON.stringify(value)} is not ${describe(pattern, values)}`)
    )
  }

  const matchParts = (pattern: Pattern, at: number, rest: string, index: number): boolean => {
    if (++steps > MOST_STEPS) return false
    const part = pattern[at]
    if (!part) return rest === '' && matchField(index + 1)
    if (part.kind === 'declare') {
      for (const item of part.items) {
        if (!rest.startsWith(item)) continue
        values.set(part.name, item)
        if (matchParts(pattern, at + 1, rest.slice(item.length), index)) return true
      }
      values.delete(part.name)
      return false
    }
    const text = part.kind === 'literal' ? part.text : quotient(values.get(part.name)!, part.divisor)
    if (text === undefined || !rest.startsWith(text)) return false
    return matchParts(pattern, at + 1, rest.slice(text.length), index)
  }

  if (matchField(0)) return { matches: true, values }
  if (steps > MOST_STEPS)
    return {
      matches: false,
      field: names[Math.max(deepest, 0)]!,
      reason: 'the template has too many ways to be read',
    }
  return failure
}

function quotient(value: string, divisor: bigint): string | undefined {
  if (divisor === 1n) return value
  const number = BigInt(value)
  return number % divisor === 0n ? String(number / divisor) : undefined
}

function literalOf(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return ''
  const [part] = pattern
  return pattern.length === 1 && part!.kind === 'literal' ? part!.text : undefined
}

function describe(pattern: Pattern, values: ReadonlyMap<string, string>): string {
  const text = pattern.map(part => {
    if (part.kind === 'literal') return part.text
    if (part.kind === 'declare') return part.items.length === 1 ? part.items[0]! : `{${part.items.join(',')}}`
    const value = values.get(part.name)
    const shown = value === undefined ? `{${part.name}}` : value
    return part.divisor === 1n ? shown : `${shown}/${part.divisor}`
  })
  return JSON.stringify(text.join(''))
}

/** `key=value` lines; an empty line begins another object (proposal 2, binary `self` and `compatible`). */
export function parseObjects(text: string): Fields[] {
  const objects: Map<string, string>[] = []
  let current: Map<string, string> | undefined
  let offset = 0
  for (const line of text.split('\n')) {
    if (line.trim() === '') current = undefined
    else {
      if (!current) {
        current = new Map()
        objects.push(current)
      }
      assign(current, text, offset, line)
    }
    offset += line.length + 1
  }
  return objects
}

function assign(fields: Map<string, string>, text: string, offset: number, line: string): void {
  const equals = line.indexOf('=')
  const key = line.slice(0, equals).trim()
  if (equals < 0 || key === '') throw new SyntaxProblem(text, offset, 'a line key=value is wanted')
  if (fields.has(key)) throw new SyntaxProblem(text, offset, `${key} is said twice`)
  fields.set(key, line.slice(equals + 1).trim())
}

/** Both sides as one text: the single file `migration_compatible` of 29 July 2020. */
export function parseSingleFile(text: string): { self: Fields; compatible: Fields[] } {
  let self: Map<string, string> | undefined
  const compatible: Map<string, string>[] = []
  let current: Map<string, string> | undefined
  let offset = 0
  for (const line of text.split('\n')) {
    const word = line.trim()
    if (word === 'SELF:') {
      if (self) throw new SyntaxProblem(text, offset, 'SELF: is there twice')
      self = new Map()
      current = self
    } else if (word === 'COMPATIBLE:') {
      current = new Map()
      compatible.push(current)
    } else if (word !== '') {
      if (!current) throw new SyntaxProblem(text, offset, 'SELF: or COMPATIBLE: is wanted')
      assign(current, text, offset, line)
    }
    offset += line.length + 1
  }
  if (!self) throw new SyntaxProblem(text, text.length, 'SELF: is missing')
  return { self, compatible }
}
