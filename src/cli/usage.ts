/** What there is to be misspelt. */
export interface Known {
  readonly commands: readonly string[]
  readonly options: readonly string[]
}

/** A command line that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly #words: readonly string[]
  readonly #known: Known

  /** @param message what yargs says of it */
  constructor(message: string, words: readonly string[], known: Known) {
    super(message)
    this.#words = words
    this.#known = known
  }

  /** One sentence, with what was probably meant. */
  async explain(): Promise<string> {
    const unknown = /^Unknown (?:argument|command)s?: ([^,]*)/.exec(this.message)?.[1]
    if (unknown === undefined) return sentence(this.message, this.#words)
    const { nearest } = await import('../profile/schema/explain.ts')
    const option = this.#words.find(word => word.startsWith('-') && word.includes(unknown))
    if (option === undefined) {
      const meant = nearest(unknown, this.#known.commands)
      if (meant !== undefined) return `There is no command ${unknown}; did you mean ${meant}?`
      return `There is nothing to do with ${unknown}: mdevfs --help lists the commands.`
    }
    const meant = nearest(unknown, this.#known.options)
    if (meant !== undefined) return `There is no option ${option}; did you mean --${meant}?`
    return `There is no option ${option}: those of a program go behind --, as in mdevfs run -- ls -l.`
  }
}

/** What yargs says, in the words of a person who does not know how it parses. */
const SAYINGS: readonly (readonly [pattern: RegExp, saying: string])[] = [
  [/^Not enough non-option arguments.*/, '$0 needs to know what: mdevfs $0 --help shows an example'],
  [/^Not enough arguments following: (.+)/, '--$1 needs a value'],
  [/^Invalid values: Argument: (\S+), Given: "(.*?)", Choices: (.+)/, '--$1 $2 is none of $3'],
]

function sentence(message: string, [command = '']: readonly string[]): string {
  const line = message.trim().replace(/\s*\n\s*/g, ' ')
  const found = SAYINGS.find(([pattern]) => pattern.test(line))
  const text = found
    ? line.replace(
        found[0],
        found[1].replaceAll('$0', () => command),
      )
    : line
  return /[.?!]$/.test(text) ? text : `${text}.`
}
