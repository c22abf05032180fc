import { SyntaxProblem } from '../migration/syntax-problem.ts'
import {
  type FieldRule,
  type Fields,
  match,
  parseCompatible,
  parseObjects,
  parseSingleFile,
} from '../migration/template.ts'
import { inRanges, parseVersion, parseVersionRanges, versionRefusal } from '../migration/version.ts'
import type { Place } from './place.ts'
import { type Direction, incompatible, lacking, type Verdict } from './verdict.ts'

/** What a device says of itself and of those that it is compatible with. */
interface Description {
  readonly self: Fields
  readonly compatible: readonly Fields[]
}

/** `{val1:int:` and the like. */
const DECLARATION = /\{\w+:/

/** A directory with a file for each field. Files have no order, so those come first that declare variables. */
function directory(place: Place, name: string): Fields {
  const fields = place.names(name).flatMap(field => {
    const text = place.text(`${name}/${field}`)
    return text === undefined ? [] : [[field, text] as const]
  })
  const rank = (text: string) => (DECLARATION.test(text) ? 0 : 1)
  return new Map(fields.toSorted(([, a], [, b]) => rank(a) - rank(b)))
}

/** In whichever form it is there: directories, binary attributes, or the single file of July 2020. */
function describe(place: Place): Description | undefined {
  if (place.isDirectory('migration/self')) {
    const names = place.names('migration').filter(name => /^compatible\d*$/.test(name))
    return {
      self: directory(place, 'migration/self'),
      compatible: names.map(name => directory(place, `migration/${name}`)),
    }
  }
  const self = place.text('migration/self')
  if (self !== undefined)
    return {
      self: parseObjects(self)[0] ?? new Map(),
      compatible: parseObjects(place.text('migration/compatible') ?? ''),
    }
  const single = place.text('migration_compatible')
  return single === undefined ? undefined : parseSingleFile(single)
}

/** Fields with this ending say which versions of another field are taken (Cornelia Huck). */
const RANGES = '_compatible'

/** Where there are ranges of versions for a field, they are what is wanted of it. */
function withRanges(fields: Fields): Fields {
  const wanted = new Map(fields)
  for (const [field, ranges] of fields) {
    if (!field.endsWith(RANGES)) continue
    wanted.delete(field)
    wanted.set(field.slice(0, -RANGES.length), ranges)
  }
  return wanted
}

function withoutRanges(fields: Fields): Fields {
  return new Map([...fields].filter(([field]) => !field.endsWith(RANGES)))
}

const VERSION = /^\d+\.\d+(?:\.\d+)?$/
const VERSION_RANGES = /^\d+\.\d+[\d.,-]*$/

/**
 * Versions are not compared as texts: Sean Mooney's rule for a single one, in the direction in which the state moves, and
 * membership for ranges.
 */
function versionRule(direction: Direction): FieldRule {
  return (field, value, wanted) => {
    if (!field.endsWith('_version') || !VERSION.test(value) || !VERSION_RANGES.test(wanted)) return undefined
    const own = parseVersion(value)
    if (!VERSION.test(wanted)) {
      if (inRanges(own, parseVersionRanges(wanted))) return true
      return { matches: false, field, reason: `${value} is not in ${wanted}` }
    }
    const other = parseVersion(wanted)
    const reason = direction === 'target' ? versionRefusal(own, other) : versionRefusal(other, own)
    return reason === undefined || { matches: false, field, reason }
  }
}

/** Whether one of the objects describes these fields. */
function included(self: Fields, compatible: readonly Fields[], rule: FieldRule): Verdict {
  const refusals: { field: string; reason: string }[] = []
  for (const fields of compatible) {
    const found = match(withoutRanges(self), parseCompatible(withRanges(fields)), rule)
    if (!found.matches) {
      refusals.push(found)
      continue
    }
    const values = [...found.values].map(([name, value]) => `${name}=${value}`).join(', ')
    return { result: 'compatible', ...(values !== '' && { detail: `with ${values}` }) }
  }
  const [first, ...others] = refusals
  if (!first) return incompatible('nothing is said to be compatible', 'compatible')
  if (others.length === 0) return incompatible(first.reason, first.field)
  const reasons = refusals.map(({ field, reason }, n) => `(${n + 1}) ${field}: ${reason}`)
  return incompatible(`none of ${refusals.length} objects fits: ${reasons.join('; ')}`)
}

/**
 * `migration/self` and `migration/compatible` in all their forms (July to September 2020): whether the source's `self` is what
 * the target's `compatible` describes; or, for the other direction, the target's `self` what the source's does.
 */
export function selfCompatible(source: Place, target: Place, direction: Direction): Verdict {
  let side = 'source'
  try {
    const from = describe(source)
    side = 'target'
    const to = describe(target)
    const lack = lacking('migration/self and migration/compatible', from !== undefined, to !== undefined)
    if (lack) return lack
    const rule = versionRule(direction)
    if (direction === 'target') return included(from!.self, to!.compatible, rule)
    side = 'source'
    return included(to!.self, from!.compatible, rule)
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    return incompatible(`the ${side}'s text can not be read: ${error.message}`)
  }
}
