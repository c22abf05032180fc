import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type ParsedNode,
  Parser,
  visit,
  type YAMLError,
} from 'yaml'
import { type Problem, ProfileError, problemAt, quote, sorted } from './problem.ts'
import type { Source, Span } from './source.ts'
import { type Tree, TreeBuilder, type Value } from './tree.ts'

/** How deep lists and maps may lie in each other. */
export const MAX_DEPTH = 64
/** Tokens of a profile: what parsing costs in time and memory is bounded by them. */
export const MAX_TOKENS = 500_000
/** Values of a profile, each counted as often as aliases repeat it. */
export const MAX_VALUES = 250_000

/** Reads YAML. Throws a {@link ProfileError} with every syntax error; what keys and values mean is not looked at. */
export function parseYaml(source: Source): Tree {
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false })
  const documents = [...composer.compose(tokens(source), true, source.text.length)]
  const problems: Problem[] = []
  for (const document of documents) {
    for (const error of [...document.errors, ...document.warnings])
      problems.push(problemAt(source, placeOf(error, document, source), sentence(error)))
  }
  const [document, second] = documents
  if (second?.contents) {
    const start = second.range[0]
    problems.push(
      problemAt(source, { start, end: start + 1 }, 'a second document starts here; a file holds one profile'),
    )
  }
  const reader = new Reader(source, problems)
  const tree = reader.read(document?.contents ?? null)
  if (problems.length > 0) throw new ProfileError(sorted(problems))
  return tree
}

/** Drives lexer and parser step by step, so that too deep or too long a text is left before it costs much. */
function* tokens(source: Source): Generator<CST.Token> {
  const parser = new Parser()
  let count = 0
  const refuse = (reason: string) => {
    const start = Math.min(parser.offset, source.text.length)
    return new ProfileError([problemAt(source, { start, end: start + 1 }, reason)])
  }
  for (const lexeme of new Lexer().lex(source.text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > MAX_DEPTH)
      throw refuse(`lists and maps lie more than ${MAX_DEPTH} deep in each other here; no profile needs that`)
    if (++count > MAX_TOKENS)
      throw refuse(`the profile has more than ${MAX_TOKENS} words and signs up to here; use ranges`)
  }
  yield* parser.end()
}

/** Where the parser says it is, or rather where the eye has to look. */
function placeOf({ pos, code }: YAMLError, document: Document.Parsed, source: Source): Span {
  const [start, end] = pos
  if (code === 'MISSING_CHAR') {
    // noticed at the end; what matters is where the quote opens
    let opening: Span | undefined
    visit(document, {
      Scalar(_, { type, range }) {
        if (type?.startsWith('QUOTE') && range && range[0] < start && range[1] >= start)
          opening = { start: range[0], end: range[0] + 1 }
      },
    })
    if (opening) return opening
  }
  if (code === 'BAD_INDENT') {
    const blanks = /^ */.exec(source.text.slice(start, end))![0].length
    return { start: start + blanks, end }
  }
  return { start, end }
}

/** The parser's own words, and what to do. */
function sentence({ code, message }: YAMLError): string {
  const said = message.replace(/\.?$/, '').replace(/\S{60,}/g, long => `${long.slice(0, 59)}…`)
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab stands in the indentation; indent with blanks'
    case 'BAD_INDENT':
      return `${said}; check the indentation`
    case 'BAD_SCALAR_START':
      return `${said}; put the text in quotes`
    case 'TAG_RESOLVE_FAILED':
      return `${said}; profiles have no tags, leave it out`
    case 'MISSING_CHAR':
      return said.startsWith('Missing closing') ? 'this quote is never closed' : said
    default:
      return said
  }
}

interface Anchor {
  readonly value: Value
  /** How many values it holds; undefined while they are still being read. */
  count: number | undefined
}

/** Turns YAML nodes into values, each with its place. */
class Reader {
  readonly #source: Source
  readonly #problems: Problem[]
  readonly #builder = new TreeBuilder()
  readonly #anchors = new Map<string, Anchor>()
  #count = 0

  constructor(source: Source, problems: Problem[]) {
    this.#source = source
    this.#problems = problems
  }

  read(node: ParsedNode | null): Tree {
    const whole = { start: 0, end: this.#source.text.length }
    return this.#builder.done(this.#value(node), node ? spanOf(node) : whole)
  }

  #value(node: ParsedNode | null): Value {
    if (!node) return this.#counted('', undefined)
    if (isAlias(node)) return this.#alias(node.source, spanOf(node))
    if (isScalar(node)) return this.#counted(text(node.value, node.source), node.anchor, spanOf(node))
    const value = isSeq(node) ? this.#builder.list() : this.#builder.map()
    const anchor: Anchor = { value, count: undefined }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, anchor)
    const before = this.#count
    this.#counted(value, undefined, spanOf(node))
    if (isSeq(node)) this.#items(node.items, value as Value[])
    else if (isMap(node)) this.#entries(node.items, value as { [key: string]: Value })
    anchor.count = this.#count - before
    return value
  }

  #items(items: readonly unknown[], list: Value[]): void {
    for (const item of items) {
      const node = item as ParsedNode
      this.#builder.item(list, this.#value(node), spanOf(node))
    }
  }

  #entries(
    pairs: readonly { key: ParsedNode; value: ParsedNode | null }[],
    map: { [key: string]: Value },
  ): void {
    for (const pair of pairs) {
      const span = spanOf(pair.key)
      const key = isAlias(pair.key) ? undefined : this.#key(pair.key)
      const value = this.#value(pair.value)
      if (key === undefined) {
        this.#complain(span, 'a key is one plain word here, not a list, a map or an alias')
        continue
      }
      const first = this.#builder.keySpan(map, key)
      if (first) {
        const { line } = this.#source.place(first.start)
        this.#complain(
          span,
          `${quote(key)} stands twice in this map, first on line ${line}; leave one of them out`,
        )
      } else {
        this.#builder.entry(map, key, span, value, pair.value ? spanOf(pair.value) : span)
      }
    }
  }

  #key(node: ParsedNode): string | undefined {
    return isScalar(node) ? text(node.value, node.source) : undefined
  }

  /** An alias is the very value that the anchor marks: places, and mistakes, are those of the anchor. */
  #alias(name: string, span: Span): Value {
    const anchor = this.#anchors.get(name)
    if (!anchor) {
      this.#complain(span, `nothing above is marked &${name}, so *${name} means nothing`)
      return ''
    }
    if (anchor.count === undefined) {
      this.#complain(span, `*${name} stands inside of what it repeats, which would never end`)
      return ''
    }
    this.#add(anchor.count, span)
    return anchor.value
  }

  #counted<V extends Value>(value: V, anchor: string | undefined, span?: Span): V {
    if (anchor !== undefined) this.#anchors.set(anchor, { value, count: 1 })
    this.#add(1, span ?? { start: 0, end: 0 })
    return value
  }

  #add(count: number, span: Span): void {
    this.#count += count
    if (this.#count <= MAX_VALUES) return
    this.#complain(
      span,
      `the profile has more than ${MAX_VALUES} values up to here, those repeated by aliases included; use ranges`,
    )
    throw new ProfileError(sorted(this.#problems))
  }

  #complain(span: Span, message: string): void {
    this.#problems.push(problemAt(this.#source, span, message))
  }
}

function spanOf(node: ParsedNode): Span {
  return { start: node.range[0], end: node.range[1] }
}

/** A plain scalar as written, a quoted one as it reads. */
function text(value: unknown, source: string | undefined): string {
  return typeof value === 'string' ? value : (source ?? '')
}
