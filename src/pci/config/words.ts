import type { Place } from './layout.ts'

/** Text without blanks, and where it stands. */
export interface Word extends Place {
  readonly text: string
}

/** Longest text quoted in a message. */
const QUOTED = 40

export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED ? `${text.slice(0, QUOTED - 1)}…` : text)
}

/** A word that does not belong where it stands. */
export class Mistake extends Error {
  readonly place: Place
  readonly offset: number | undefined

  constructor(place: Place, message: string, offset?: number) {
    super(message)
    this.place = place
    this.offset = offset
  }
}

/** The words of a line; what starts with # is a comment. */
export function* wordsOf(text: string, line: number): Generator<Word> {
  const end = text.indexOf('#')
  for (const match of (end < 0 ? text : text.slice(0, end)).matchAll(/[^ \t\r]+/g)) {
    yield { text: match[0], line, column: match.index + 1 }
  }
}

/** Takes the words of one statement from the left. */
export class Words {
  readonly #words: readonly Word[]
  readonly statement: Word
  #next = 1

  constructor(words: readonly Word[]) {
    this.#words = words
    this.statement = words[0]!
  }

  get done(): boolean {
    return this.#next >= this.#words.length
  }

  next(expects: string): Word {
    const word = this.#words[this.#next]
    if (!word) {
      const last = this.#words[this.#next - 1]!
      const end = { line: last.line, column: last.column + last.text.length }
      throw new Mistake(end, `something is missing after ${quote(last.text)}, write ${expects}`)
    }
    this.#next++
    return word
  }

  peek(): string | undefined {
    return this.#words[this.#next]?.text
  }

  read<T>(expects: string, parseWord: (text: string) => T | undefined): T {
    const word = this.next(expects)
    return understand(word, expects, parseWord)
  }

  end(): void {
    const word = this.#words[this.#next]
    if (word) throw new Mistake(word, `${quote(word.text)} is too much here, take it away`)
  }
}

export function understand<T>(word: Word, expects: string, parseWord: (text: string) => T | undefined): T {
  const value = parseWord(word.text)
  if (value === undefined) throw new Mistake(word, `${quote(word.text)} is wrong here, write ${expects}`)
  return value
}
