import * as nodeFs from 'node:fs'
import { type Compatibility, type CompatOptions, compare } from './compare.ts'
import { CompatError, type FileSystem, Place } from './place.ts'

/** A type that a parent of a machine offers, or a device that is there. */
export interface MatrixEntry {
  /** The directory that the machine was named by. */
  readonly machine: string
  readonly path: string
  /** `0000:00:02.0/i915-GVTg_V5_2`, or the UUID. */
  readonly name: string
}

/** Who may migrate to whom. */
export interface Matrix {
  readonly entries: readonly MatrixEntry[]
  /** By source, then by target; undefined where a device would go to itself. */
  readonly cells: readonly (readonly (Compatibility | undefined)[])[]
}

function names(fs: FileSystem, path: string): string[] {
  try {
    return (fs.readdirSync(path) as string[]).toSorted()
  } catch {
    return []
  }
}

/** All types of all parents, then all mdevs. Throws a {@link CompatError} where there is no sysfs. */
function entriesOf(machine: string, fs: FileSystem): MatrixEntry[] {
  const isSysfs = (path: string) => ['bus', 'class', 'devices'].every(name => names(fs, path).includes(name))
  const root = [`${machine}/sys`, machine].find(isSysfs)
  if (root === undefined)
    throw new CompatError(
      `${machine} has no sysfs: name a directory where a machine is mounted, or /sys itself.`,
    )
  const parents = `${root}/class/mdev_bus`
  const types = names(fs, parents).flatMap(parent => {
    const path = `${parents}/${parent}/mdev_supported_types`
    return names(fs, path).map(type => ({ machine, path: `${path}/${type}`, name: `${parent}/${type}` }))
  })
  const mdevs = `${root}/bus/mdev/devices`
  return [...types, ...names(fs, mdevs).map(name => ({ machine, path: `${mdevs}/${name}`, name }))]
}

/**
 * What a scheduler needs: {@link compare} of everything with everything, over all types and mdevs of several machines, each
 * named by its sysfs or the directory above.
 */
export function migrationMatrix(machines: readonly string[], options: CompatOptions = {}): Matrix {
  const { fs = nodeFs } = options
  const entries = machines.flatMap(machine => entriesOf(machine, fs))
  const places = entries.map(({ path }) => new Place(path, fs))
  const cells = places.map(source =>
    places.map(target =>
      source === target && !source.isType ? undefined : compare(source, target, options),
    ),
  )
  return { entries, cells }
}
