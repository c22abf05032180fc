/** Which way a `compatible` object is read: its text contradicts itself (docs/migration.md). */
export const DIRECTIONS = ['target', 'source'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** What one interface says of a migration. */
export type Verdict =
  | { readonly result: 'compatible'; readonly detail?: string }
  /** With the field, parameter or file that is to blame, where one is. */
  | { readonly result: 'incompatible'; readonly reason: string; readonly field?: string }
  /** One of the two, or both, lack what the interface needs. */
  | { readonly result: 'unsupported'; readonly reason: string }

export function incompatible(reason: string, field?: string): Verdict {
  return { result: 'incompatible', reason, ...(field !== undefined && { field }) }
}

export function unsupported(reason: string): Verdict {
  return { result: 'unsupported', reason }
}

/** Why not: the field that is to blame, if one is, and the reason. */
export function whyNot(verdict: Exclude<Verdict, { readonly result: 'compatible' }>): string {
  const field = verdict.result === 'incompatible' && verdict.field !== undefined ? `${verdict.field}: ` : ''
  return `${field}${verdict.reason}`
}

/** Where one of the two lacks a file, what is to be said; undefined where both have it. */
export function lacking(what: string, source: boolean, target: boolean): Verdict | undefined {
  if (source && target) return undefined
  if (!source && !target) return unsupported(`neither has ${what}`)
  return unsupported(`the ${source ? 'target' : 'source'} has no ${what}`)
}
