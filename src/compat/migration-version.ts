import type { Place } from './place.ts'
import { incompatible, lacking, unsupported, type Verdict } from './verdict.ts'

/**
 * Reads the source's string and writes it to the target, which tests it and keeps nothing (Yan Zhao, v5, April 2020). Any
 * errno on reading means that the source does not migrate, any on writing that the target does not take it.
 */
function readAndWrite(file: string, source: Place, target: Place): Verdict {
  const lack = lacking(file, source.has(file), target.has(file))
  if (lack) return lack
  const own = source.read(file)
  if ('errno' in own) return unsupported(`reading the source's ${file} gives ${own.errno}`)
  const errno = target.write(file, own.text)
  if (errno === undefined) return { result: 'compatible', detail: `the target takes ${own.text}` }
  const expected = target.text(file)
  const said = expected === undefined ? '' : `, and has ${expected} itself`
  return incompatible(`the target refuses ${own.text} with ${errno}${said}`, file)
}

/**
 * `migration_version`: between two devices the driver's string says it all. Where the target is a type, before there is a
 * device, the types have to be equal first.
 */
export function migrationVersion(source: Place, target: Place): Verdict {
  if (!target.isType && !source.isType) return readAndWrite('migration_version', source, target)
  const [from, to] = [source.type, target.type]
  if (!from || !to) return unsupported(`the ${from ? 'target' : 'source'} is not of a type of mdev`)
  const lack = lacking('migration_version', from.has('migration_version'), to.has('migration_version'))
  if (lack) return lack
  if (from.typeName !== to.typeName)
    return incompatible(`the types ${from.typeName} and ${to.typeName} are not the same`, 'mdev_type')
  return readAndWrite('migration_version', from, to)
}

/**
 * `vfio_migration_type`, which the user compares, and `vfio_migration_version`, which the target's driver tests (Alex
 * Williamson, June 2020).
 */
export function vfioMigration(source: Place, target: Place): Verdict {
  const type = 'vfio_migration_type'
  const lack = lacking(type, source.has(type), target.has(type))
  if (lack) return lack
  const [from, to] = [source.read(type), target.read(type)]
  if ('errno' in from) return unsupported(`reading the source's ${type} gives ${from.errno}`)
  if ('errno' in to) return unsupported(`reading the target's ${type} gives ${to.errno}`)
  if (from.text !== to.text) return incompatible(`${from.text} is not ${to.text}`, type)
  return readAndWrite('vfio_migration_version', source, target)
}
