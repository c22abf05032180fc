/** What is wrong with a text, and at which character of it (from 1). */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem'
  readonly text: string
  readonly offset: number

  constructor(text: string, offset: number, message: string) {
    const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text
    super(`${message} at character ${offset + 1} of ${JSON.stringify(shown)}`)
    this.text = text
    this.offset = offset
  }
}
