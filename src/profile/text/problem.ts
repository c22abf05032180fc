import type { Place, Source, Span } from './source.ts'

/** One mistake in a profile. Line and column are 0 where the file as a whole is meant. */
export interface Problem extends Place {
  /** What is wrong and what would be right: a sentence without its place and without a full stop. */
  readonly message: string
  /** The offending text, as the file has it. */
  readonly text: string
  /** The line it stands in, and how many columns of it are meant. */
  readonly excerpt?: { readonly line: string; readonly length: number }
}

/** A profile, or a set of them, that can not be used; knows all that is wrong. */
export class ProfileError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problem => `${where(problem)}: ${problem.message}`).join('\n'))
    this.problems = problems
  }
}

Object.defineProperty(ProfileError.prototype, 'name', { value: 'ProfileError', configurable: true })

/** Longest text quoted in a message. */
const QUOTED = 60

export function problemAt(source: Source, { start, end }: Span, message: string): Problem {
  const place = source.place(start)
  const line = source.line(place.line)
  const text = source.text.slice(start, Math.max(end, start))
  const length = Math.max(1, Math.min(end - start, line.length - place.column + 1))
  return { ...place, message, text, excerpt: { line, length } }
}

/** Something is wrong with the file as a whole. */
export function problemOf(file: string, message: string): Problem {
  return { file, line: 0, column: 0, message, text: '' }
}

export function where({ file, line, column }: Place): string {
  return line === 0 ? file : `${file}:${line}:${column}`
}

/** In order of file (as first met) and position; what is said twice is said once. */
export function sorted(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))]
  const order = (problem: Problem) => files.indexOf(problem.file)
  const seen = new Set<string>()
  return problems
    .toSorted((a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column)
    .filter(problem => {
      const key = `${where(problem)}: ${problem.message}`
      return !seen.has(key) && seen.add(key)
    })
}

/** Text for a message: in quotes, escaped, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED ? `${text.slice(0, QUOTED - 1)}…` : text)
}
