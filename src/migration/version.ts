import { SyntaxProblem } from './syntax-problem.ts'

/** `software_version`: major.minor, and a bugfix number that may be left out (Yan Zhao, 5 and 19 August 2020). */
export interface SoftwareVersion {
  readonly major: number
  readonly minor: number
  readonly bugfix: number
}

const VERSION = /(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?/y

/** Reads `1.2` or `1.2.3`. Throws a {@link SyntaxProblem}. */
export function parseVersion(text: string): SoftwareVersion {
  const [version, end] = versionAt(text, 0)
  if (end !== text.length) throw new SyntaxProblem(text, end, 'a version ends before what stands')
  return version
}

function versionAt(text: string, start: number): [version: SoftwareVersion, end: number] {
  VERSION.lastIndex = start
  const match = VERSION.exec(text)
  if (!match) throw new SyntaxProblem(text, start, 'a version such as 1.2.3 is wanted')
  const [whole, major, minor, bugfix = '0'] = match
  const version = { major: Number(major), minor: Number(minor), bugfix: Number(bugfix) }
  return [version, start + whole.length]
}

function order(a: SoftwareVersion, b: SoftwareVersion): number {
  return a.major - b.major || a.minor - b.minor || a.bugfix - b.bugfix
}

/**
 * Sean Mooney's rule: another major never; a minor that is not newer than the target's; the bugfix number plays no
 * part.
 *
 * @returns why the target can not take the source, or undefined where it can
 */
export function versionRefusal(source: SoftwareVersion, target: SoftwareVersion): string | undefined {
  if (source.major !== target.major) return `major ${source.major} is not ${target.major}`
  if (source.minor > target.minor) return `minor ${source.minor} is newer than ${target.minor}`
  return undefined
}

/** From one version to another, both included, or to the end of the major where the upper bound is absent. */
export interface VersionRange {
  readonly low: SoftwareVersion
  readonly high?: SoftwareVersion
}

/** Cornelia Huck's ranges, `2.0.2-2.0.4,2.1.0-`: a version alone is that one only. Throws a {@link SyntaxProblem}. */
export function parseVersionRanges(text: string): VersionRange[] {
  const ranges: VersionRange[] = []
  for (let at = 0; ; at++) {
    const start = at
    const [low, afterLow] = versionAt(text, at)
    at = afterLow
    if (text[at] !== '-') ranges.push({ low, high: low })
    else {
      at++
      if (at === text.length || text[at] === ',') ranges.push({ low })
      else {
        const [high, afterHigh] = versionAt(text, at)
        if (high.major !== low.major) throw new SyntaxProblem(text, at, 'a range stays within one major')
        if (order(low, high) > 0) throw new SyntaxProblem(text, start, 'a range begins with its lower end')
        ranges.push({ low, high })
        at = afterHigh
      }
    }
    if (at === text.length) return ranges
    if (text[at] !== ',') throw new SyntaxProblem(text, at, 'a comma is wanted between ranges')
  }
}

export function inRanges(version: SoftwareVersion, ranges: readonly VersionRange[]): boolean {
  return ranges.some(
    ({ low, high }) =>
      version.major === low.major &&
      order(version, low) >= 0 &&
      (high === undefined || order(version, high) <= 0),
  )
}
