import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { type Problem, problemAt, quote } from '../text/problem.ts'
import type { Source, Span } from '../text/source.ts'
import type { Tree, Value } from '../text/tree.ts'
import { type About, OTHER } from './fields.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/**
 * What the schema found wrong, said with its place and with what would be right. A key that is missing because it is
 * misspelt is not told twice.
 */
export function explain(source: Source, tree: Tree, issues: readonly Issue[]): Problem[] {
  const misspelt = new Set(
    issues.flatMap(issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => pathText([...issue.path, nearest(key, issue.message.split(' ')) ?? '']))
        : [],
    ),
  )
  return issues
    .filter(({ path }) => tree.at(tree.written(path)) !== undefined || !misspelt.has(pathText(path)))
    .flatMap(issue => problems(source, tree, issue))
}

function pathText(path: Path): string {
  return path.map(String).join('\0')
}

function problems(source: Source, tree: Tree, issue: Issue): Problem[] {
  const path = tree.written(issue.path)
  const value = tree.at(path)
  const here = (message: string) => [problemAt(source, tree.span(path), message)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key =>
        problemAt(source, tree.keySpan([...path, key]), unknownKey(key, issue.message.split(' '))),
      )
    case 'invalid_key': {
      const message = `${quote(String(path.at(-1)))} is not ${issue.issues[0]!.message}`
      return [problemAt(source, tree.keySpan(path), message)]
    }
    case 'invalid_value':
      if (typeof value !== 'string') return here(unfit(path, value, issue.message))
      return here(`${quote(value)} is not ${issue.message}${suggestion(value, issue.values.map(String))}`)
    case 'invalid_union': {
      // of several forms the one is meant that has the kind of what stands there
      const meant = issue.errors.find(issues => !issues.some(inner => inner.path.length === 0))
      if (!meant) return here(unfit(path, value, issue.message))
      return meant.flatMap(inner =>
        problems(source, tree, { ...inner, path: [...issue.path, ...inner.path] }),
      )
    }
    case 'custom':
      return [custom(source, tree, issue, path)]
    default:
      return here(unfit(path, value, issue.message))
  }
}

/** What the parts of the schema add to their own issues. */
interface Params extends About {
  /** The message is a noun that says what is right. */
  readonly expected?: boolean
  /** The line of a text that is meant, from 0. */
  readonly line?: number
  /** How many steps of the path were the complaint's own: `other` starts above them. */
  readonly depth?: number
}

function custom(source: Source, tree: Tree, issue: z.core.$ZodIssueCustom, path: Path): Problem {
  const { key, other, expected, line, depth = 0 }: Params = issue.params ?? {}
  const value = tree.at(path)
  if (expected) {
    const message =
      typeof value === 'string'
        ? `${quote(value)} is not ${issue.message}`
        : unfit(path, value, issue.message)
    return problemAt(source, tree.span(path), message)
  }
  const span = key ? tree.keySpan(path) : tree.span(path)
  if (line !== undefined) return problemAt(source, lineOf(source, span, line), issue.message)
  if (!other) return problemAt(source, span, issue.message)
  const above = issue.path.slice(0, issue.path.length - depth)
  const first = source.place(tree.span(tree.written([...above, ...other])).start)
  return problemAt(source, span, issue.message.replace(OTHER, `line ${first.line}`))
}

/** A line of a text that is written as a block; other texts are meant as a whole. */
function lineOf(source: Source, span: Span, line: number): Span {
  if (source.text[span.start] !== '|') return span
  let start = span.start
  for (let skipped = 0; skipped <= line; skipped++) start = source.text.indexOf('\n', start) + 1
  start += /^ */.exec(source.text.slice(start, start + 256))![0].length
  const end = source.text.indexOf('\n', start)
  return { start, end: end < 0 ? source.text.length : end }
}

/** Something of the wrong kind, or nothing at all. */
function unfit(path: Path, value: Value | undefined, wanted: string): string {
  if (value === undefined) return `${quote(String(path.at(-1)))} is missing; it has to be ${wanted}`
  const key = path.findLast(step => typeof step === 'string')
  return `${key === undefined ? 'a profile' : quote(key)} has to be ${wanted}, not ${kindOf(value)}`
}

function kindOf(value: Value): string {
  if (typeof value === 'string') return value === '' ? 'nothing' : quote(value)
  return Array.isArray(value) ? 'a list' : 'a map'
}

function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key ${quote(key)}${suggestion(key, known) || `; known here: ${known.join(', ')}`}`
}

/** `; did you mean ...?` where one of the words is near enough to be meant, otherwise nothing. */
export function suggestion(word: string, words: Iterable<string>): string {
  const near = nearest(word, words)
  return near === undefined ? '' : `; did you mean ${quote(near)}?`
}

/** Beyond these, comparing costs more than it helps: among so many words one is always near. */
const MOST_WORDS = 500
const LONGEST_WORD = 100

/** The word that somebody may have meant. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const candidates: string[] = []
  for (const candidate of words) if (candidates.push(candidate) > MOST_WORDS) return undefined
  if (candidates.length === 0 || word.length > LONGEST_WORD) return undefined
  const near = closest(word.toLowerCase(), candidates)
  return distance(word.toLowerCase(), near) <= slips(near.length) ? near : undefined
}

/** How many letters may be wrong; two that changed places are two. */
function slips(length: number): number {
  if (length < 3) return 0
  return length === 3 ? 1 : Math.max(2, Math.floor(length / 3))
}
