import { LineCounter } from 'yaml'

/** Half-open: offsets into the text of a {@link Source}. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A line and a column in a file, both from 1; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The text of a profile and where it came from. */
export class Source {
  /** As it is to be named in messages. */
  readonly file: string
  readonly text: string
  #lines: LineCounter | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  place(offset: number): Place {
    const { line, col } = this.#counter().linePos(Math.min(offset, this.text.length))
    return { file: this.file, line, column: col }
  }

  /** A line without its end. */
  line(number: number): string {
    const { lineStarts } = this.#counter()
    const start = lineStarts[number - 1] ?? this.text.length
    const end = lineStarts[number] ?? this.text.length
    return this.text.slice(start, end).replace(/\r?\n$/, '')
  }

  /** Lines are only counted when something is to be said about one. */
  #counter(): LineCounter {
    if (!this.#lines) {
      this.#lines = new LineCounter()
      this.#lines.addNewLine(0)
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1))
        this.#lines.addNewLine(at + 1)
    }
    return this.#lines
  }
}
