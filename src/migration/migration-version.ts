import type { Kobject } from '../sysfs/base/kobject.ts'
import { attrRO, attrRW, type Entry } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { expand } from './expand.ts'
import { i915Refusal, isI915Version } from './i915-version.ts'
import { writtenVersion } from './line.ts'
import type { VersionModel, VfioVersionModel } from './model.ts'
import { match, parseCompatible } from './template.ts'

/** Tells why a write was refused, in the kernel's log. */
function refuse(object: Kobject, reason: string): never {
  object.kernel.printk(`${object.name}: ${reason}`)
  throw new Errno('EINVAL', reason)
}

/** A write tests and stores nothing: EINVAL for a string that is neither one's own nor among those accepted. */
function test(object: Kobject, own: string, accepts: readonly string[], buf: string): void {
  const text = writtenVersion(buf)
  if (text === own || accepts.some(each => takes(expand(each, object), text))) return
  refuse(
    object,
    isI915Version(own) ? i915Refusal(own, text) : `migration version ${own} does not take ${text}`,
  )
}

function takes(template: string, text: string): boolean {
  return match(new Map([['version', text]]), parseCompatible(new Map([['version', template]]))).matches
}

/** What `migration_version` reads and takes. */
export interface VersionText extends Pick<VersionModel, 'accepts' | 'unsupported'> {
  readonly text: string
}

/**
 * `migration_version` (Yan Zhao, v5, April 2020), rw, on the type or on the device: reads a string of the vendor's own,
 * and takes those that could be sent here. ENODEV either way where migration is not supported. Absent where
 * `versionOf` has none.
 */
export function versionEntry<T extends Kobject>(versionOf: (object: T) => VersionText | undefined): Entry<T> {
  const own = (object: T) => {
    const { text, unsupported } = versionOf(object)!
    if (unsupported) throw new Errno('ENODEV', `${object.name} does not migrate`)
    return expand(text, object)
  }
  return attrRW(
    'migration_version',
    object => `${own(object)}\n`,
    (object, buf) => test(object, own(object), versionOf(object)!.accepts, buf),
    { present: object => versionOf(object) !== undefined },
  )
}

/** `vfio_migration_type` to be compared and `vfio_migration_version` to be tested (Alex Williamson, June 2020). */
export function vfioVersionEntries<T extends Kobject>({
  type,
  version,
  accepts,
}: VfioVersionModel): Entry<T>[] {
  return [
    attrRO('vfio_migration_type', object => `${expand(type, object)}\n`),
    attrRW(
      'vfio_migration_version',
      object => `${expand(version, object)}\n`,
      (object, buf) => test(object, expand(version, object), accepts, buf),
    ),
  ]
}
