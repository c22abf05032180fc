import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { type Problem, problemAt, quote } from '../text/problem.ts'
import type { Source } from '../text/source.ts'
import type { Tree, Value } from '../text/tree.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/**
 * What the schema found wrong, said with its place and with what would be right. A key that is missing because it is
 * misspelt is not told twice.
 */
export function explain(source: Source, tree: Tree, issues: readonly Issue[]): Problem[] {
  const misspelt = issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => pathText([...issue.path, nearest(key, issue.message.split(' ')) ?? '']))
      : [],
  )
  return issues
    .filter(({ path }) => tree.at(placeable(tree, path)) !== undefined || !misspelt.includes(pathText(path)))
    .flatMap(issue => problems(source, tree, issue))
}

function pathText(path: Path): string {
  return path.map(String).join('\0')
}

function problems(source: Source, tree: Tree, issue: Issue): Problem[] {
  const path = placeable(tree, issue.path)
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
    case 'custom': {
      const { key, expected }: { key?: boolean; expected?: boolean } = issue.params ?? {}
      if (key) return [problemAt(source, tree.keySpan(path), issue.message)]
      if (!expected) return here(issue.message)
      return here(
        typeof value === 'string'
          ? `${quote(value)} is not ${issue.message}`
          : unfit(path, value, issue.message),
      )
    }
    default:
      return here(unfit(path, value, issue.message))
  }
}

/** Where a map or a list may be left out around one word, what is said of its inside is said of the word. */
function placeable(tree: Tree, path: Path): Path {
  const real: PropertyKey[] = []
  for (const step of path) {
    const holder = tree.at(real)
    if (typeof holder === 'string') break
    if (!Array.isArray(holder) || typeof step === 'number') real.push(step)
  }
  return real
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
export function suggestion(word: string, words: readonly string[]): string {
  const near = nearest(word, words)
  return near === undefined ? '' : `; did you mean ${quote(near)}?`
}

/** The word that somebody may have meant. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  // what is far longer than any word is no slip of the pen, and costs time to compare
  if (words.length === 0 || word.length > 100) return undefined
  const near = closest(word.toLowerCase(), [...words])
  return distance(word.toLowerCase(), near) <= Math.max(1, Math.floor(near.length / 3)) ? near : undefined
}
