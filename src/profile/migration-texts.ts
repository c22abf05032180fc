import { SyntaxProblem } from '../migration/syntax-problem.ts'
import { parseCompatible } from '../migration/template.ts'
import { suggestion } from './schema/explain.ts'
import { entries, items, part } from './schema/fields.ts'
import { quote } from './text/problem.ts'

/** Complains about a part of `migration`. */
export type At = (path: readonly PropertyKey[], message: string) => void

/**
 * What texts can have filled in (src/migration/expand.ts), besides the attributes of a description; the last two are those of
 * aggregation.
 */
export const PLACEHOLDERS = [
  'uuid',
  'type',
  'type_name',
  'parent',
  'pci_vendor',
  'pci_device',
  'pci_id',
  'subchannel_type',
  'chpid_type',
  'max_aggregation',
  'aggregated_instances',
] as const

/** `{aggregator}`, `{aggregator*2}`; not `{val1:int:1,2}`. */
const BRACES = /\{([A-Za-z0-9_.+-][A-Za-z0-9_./+-]*)(?:\*\d{1,9})?\}/g

/** Texts and templates of an owner's `migration`: whether all that stands in braces means something. */
export function checkTexts(migration: unknown, known: readonly string[] | undefined, at: At): void {
  const plain = (path: readonly PropertyKey[], text: unknown) => {
    if (typeof text === 'string') checkFilled(text, known, message => at(path, message))
  }
  const version = part(migration, 'migration_version')
  const vfio = part(migration, 'vfio_migration')
  plain(['migration_version', 'device'], part(version, 'device'))
  plain(['migration_version', 'type'], part(version, 'type'))
  plain(['vfio_migration', 'type'], part(vfio, 'type'))
  plain(['vfio_migration', 'version'], part(vfio, 'version'))
  for (const [field, text] of entries(part(migration, 'self'))) plain(['self', field], text)
  for (const [key, accepts] of [
    ['migration_version', part(version, 'accepts')],
    ['vfio_migration', part(vfio, 'accepts')],
  ] as const)
    for (const [i, text] of items(accepts).entries())
      checkTemplates([['version', text]], known, (_, message) => at([key, 'accepts', i], message))
  for (const [i, object] of items(part(migration, 'compatible')).entries())
    checkTemplates(entries(object), known, (field, message) => at(['compatible', i, field], message))
}

function checkFilled(
  text: string,
  known: readonly string[] | undefined,
  complain: (message: string) => void,
): void {
  if (!known) return
  for (const [braces, name] of text.matchAll(BRACES))
    if (!known.includes(name!))
      complain(
        `${quote(braces)} can not be filled in${suggestion(name!, known) || `; known are ${known.map(each => `{${each}}`).join(', ')}`}`,
      )
}

/** One object of templates: variables are declared before they are used, and everything else can be filled in. */
function checkTemplates(
  object: readonly (readonly [string, unknown])[],
  known: readonly string[] | undefined,
  complain: (field: string, message: string) => void,
): void {
  const declared = new Set<string>()
  const fields = new Map<string, string>()
  for (const [field, text] of object) {
    if (typeof text !== 'string') return
    for (const [, name] of text.matchAll(/\{(\w+):/g)) declared.add(name!)
    // what is filled in is no variable any more when the template is read
    fields.set(
      field,
      text.replace(BRACES, (braces, name: string) =>
        declared.has(name) || (known && !known.includes(name)) ? braces : '0',
      ),
    )
    try {
      parseCompatible(fields)
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      complain(field, error.message)
      return
    }
  }
}
