import { writeSync } from 'node:fs'

/** No more than so many different ones are told. */
const LIMIT = 100

/** Tells on stderr of mistakes that clients only see as EIO, each once. */
export class Complaints {
  readonly #told = new Set<string>()

  /** Never throws, whatever stderr is connected to: whoever serves goes on serving. */
  tell(what: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (this.#told.has(text) || this.#told.size >= LIMIT) return
    this.#told.add(text)
    try {
      writeSync(2, `mdevfs: ${what}: ${text}\n`)
    } catch {
      // nobody listens
    }
  }
}
