import type { Problem } from '../profile/index.ts'

/** Why something could not be done: one sentence for a person, or all that is wrong with profiles. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly problems: readonly Problem[] | undefined

  constructor(message: string, problems?: readonly Problem[]) {
    super(message)
    this.problems = problems
  }
}
