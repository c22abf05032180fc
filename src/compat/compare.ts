import * as nodeFs from 'node:fs'
import { migrationVersion, vfioMigration } from './migration-version.ts'
import { type FileSystem, Place } from './place.ts'
import { rfcV2, rfcV3, rfcV4 } from './rfc.ts'
import { selfCompatible } from './self-compatible.ts'
import type { Direction, Verdict } from './verdict.ts'

/** The proposed interfaces, in the order in which they were proposed. */
const ALGORITHMS = {
  migration_version: migrationVersion,
  vfio_migration: vfioMigration,
  'self-compatible': selfCompatible,
  'rfc-v2': rfcV2,
  'rfc-v3': rfcV3,
  'rfc-v4': rfcV4,
} as const satisfies Record<string, (source: Place, target: Place, direction: Direction) => Verdict>

export type Interface = keyof typeof ALGORITHMS
export const INTERFACES = Object.keys(ALGORITHMS) as readonly Interface[]

export interface CompatOptions {
  /** Which to ask; all where nothing is said. */
  readonly interfaces?: readonly Interface[]
  /**
   * Whose `compatible` counts: the target's, which knows what it can load (where nothing is said), or the source's. The mails
   * say both.
   */
  readonly direction?: Direction
  /** What to look through, instead of node:fs. */
  readonly fs?: FileSystem
}

/** What each interface says, and what follows from all of them. */
export interface Compatibility {
  /** Incompatible where one interface says so; unsupported where none can say anything. */
  readonly result: Verdict['result']
  readonly interfaces: readonly ({ readonly interface: Interface } & Verdict)[]
}

/**
 * Whether a device can migrate: runs each interface's documented algorithm as management software would, through the files
 * alone. Source and target are directories of a device, or of a type of mdev before there is one, of any sysfs.
 *
 * Most of it only reads. `migration_version` is tested by writing, which stores nothing; parameters of RFC v2 are tried on
 * the target, and what it had is put back. Throws a {@link CompatError} where a directory is none of a device or type.
 */
export function checkCompatibility(
  source: string,
  target: string,
  options: CompatOptions = {},
): Compatibility {
  const { fs = nodeFs } = options
  return compare(new Place(source, fs), new Place(target, fs), options)
}

export function compare(
  source: Place,
  target: Place,
  { interfaces = INTERFACES, direction = 'target' }: CompatOptions,
): Compatibility {
  const verdicts = interfaces.map(name => ({
    interface: name,
    ...ALGORITHMS[name](source, target, direction),
  }))
  return { result: overall(verdicts.map(({ result }) => result)), interfaces: verdicts }
}

function overall(results: readonly Verdict['result'][]): Verdict['result'] {
  if (results.includes('incompatible')) return 'incompatible'
  return results.includes('compatible') ? 'compatible' : 'unsupported'
}
