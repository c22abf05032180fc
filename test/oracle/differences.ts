/** One operation whose answers differ, as `compare.py --json` tells it. */
export interface Difference {
  readonly op: string
  readonly kernel: readonly string[]
  /** null where the candidate did not do the operation. */
  readonly got: readonly string[] | null
}

/** A difference that is known. */
export interface Expected {
  /** Why it can not be otherwise. */
  readonly reason: string
  /** Which operations it concerns; all where it is left out. */
  readonly op?: RegExp
  /** Lines of the kernel's answer that the candidate does not have. */
  readonly kernel?: RegExp
  /** What each of these lines is instead: a replacement text, with $1 and so on, or a pattern. Without it they are missing. */
  readonly got?: string | RegExp
  /** The lines are the same, in another order. */
  readonly order?: 'other'
  /** It depends on the system on which the test runs, so it need not occur. */
  readonly sometimes?: true
}

export interface Judgement {
  /** Differences that no expectation explains, to be read by people. */
  readonly unexpected: readonly string[]
  /** Expectations that nothing met. */
  readonly unmet: readonly string[]
}

/** Holds differences against what is expected. */
export function judge(differences: readonly Difference[], expected: readonly Expected[]): Judgement {
  const met = new Set<Expected>()
  const unexpected = differences.flatMap(difference => {
    const left = explain(difference, expected, met)
    return left === undefined ? [] : [left]
  })
  const unmet = expected.filter(each => !met.has(each) && !each.sometimes).map(({ reason }) => reason)
  return { unexpected, unmet }
}

/** @returns what is left unexplained, if anything */
function explain(
  { op, kernel, got }: Difference,
  expected: readonly Expected[],
  met: Set<Expected>,
): string | undefined {
  if (!got) return `> ${op}\n  (not in the candidate)`
  const missing = without(kernel, got)
  const extra = without(got, kernel)
  const concerned = expected.filter(each => each.op === undefined || each.op.test(op))
  if (missing.length === 0 && extra.length === 0) {
    const rule = concerned.find(({ order }) => order === 'other')
    if (rule) met.add(rule)
    return rule ? undefined : `> ${op}\n  (the same lines, in another order)`
  }
  for (const rule of concerned) {
    if (!rule.kernel) continue
    for (let i = 0; i < missing.length; ) {
      const line = missing[i]!
      const instead = extra.findIndex(candidate => replaces(candidate, line, rule))
      if (!rule.kernel.test(line) || (rule.got !== undefined && instead < 0)) {
        i++
        continue
      }
      missing.splice(i, 1)
      if (instead >= 0) extra.splice(instead, 1)
      met.add(rule)
    }
  }
  if (missing.length === 0 && extra.length === 0) return undefined
  return [
    `> ${op}`,
    ...missing.map(line => `  kernel: ${line}`),
    ...extra.map(line => `  got:    ${line}`),
  ].join('\n')
}

/** Whether the rule has the one line in the place of the other. */
function replaces(candidate: string, line: string, { kernel, got }: Expected): boolean {
  if (got === undefined) return false
  return typeof got === 'string' ? candidate === line.replace(kernel!, got) : got.test(candidate)
}

/** The lines of one that are not in the other, each as often as it lacks there. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others]
  return lines.filter(line => {
    const at = rest.indexOf(line)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}
