import test from 'ava'
import type { Cases } from './case.ts'
import type { Frontend } from './frontend.ts'

export interface Subject {
  /** What is held against the cases. */
  readonly name: string
  readonly cases: Cases
  readonly open: () => Promise<Frontend>
  /** Cases that do not hold, and why. */
  readonly exclusions: Readonly<Record<string, string>>
  /** Why nothing can be tried here, if so. */
  readonly unavailable?: string | undefined
  /** Whether there is a tree under test behind it, to be made anew before each case. */
  readonly resets: boolean
}

/** Declares one test for each case. An excluded case runs too and has to fail, so that no exclusion outlives its reason. */
export function conformance({ name, cases, open, exclusions, unavailable, resets }: Subject): void {
  for (const title of Object.keys(exclusions)) {
    if (!(title in cases))
      throw new Error(`${name} excludes ${JSON.stringify(title)}, and there is no such case`)
  }
  if (unavailable !== undefined) {
    test.skip(`${name}: ${unavailable}`, () => {})
    return
  }
  let frontend: Frontend
  test.before(async () => {
    frontend = await open()
  })
  test.after.always(() => frontend?.close())
  for (const [title, run] of Object.entries(cases)) {
    const reason = exclusions[title]
    test.serial(reason === undefined ? title : `NOT ${title} (${reason})`, async t => {
      if (resets) await frontend.command('reset')
      if (reason === undefined) return run(frontend, t)
      const attempt = await t.try(t => run(frontend, t))
      attempt.discard()
      t.false(attempt.passed, 'the case holds by now: take it out of the exclusions')
    })
  }
}

/** Exclusions with the same reason. */
export function because(reason: string, titles: readonly string[]): Record<string, string> {
  return Object.fromEntries(titles.map(title => [title, reason]))
}
