/** Why something could not be done: one sentence for a person. */
export class RunError extends Error {
  override readonly name = 'RunError'
}
