import { z } from 'zod'
import { type Parameter, parseIntRange, parseParameterValue } from './parameter.ts'

const scalar = z.union([z.boolean(), z.number().int().nonnegative(), z.string()])
const parameter = z.object({
  type: z.enum(['bool', 'int', 'str']),
  init_value: scalar,
  off_value: scalar.optional(),
  allowed_values: z.array(scalar).optional(),
  description: z.string().optional(),
})
const info = z.object({ models: z.record(z.string(), z.object({ params: z.record(z.string(), parameter) })) })

/** What `migration_info.json` says (RFC v3), by the name of the model. */
export type MigrationInfo = ReadonlyMap<string, readonly Parameter[]>

/** Bools are `on` and `off` in sysfs, true and false in JSON. */
function toText(value: boolean | number | string): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
}

function toJson(type: Parameter['type'], value: string): boolean | number | string {
  if (type === 'bool') return value === 'on'
  return type === 'int' ? Number(value) : value
}

/** Throws a sentence with the place of what is wrong. */
export function parseMigrationInfo(text: string): MigrationInfo {
  const result = info.safeParse(JSON.parse(text))
  if (!result.success) {
    const [issue] = result.error.issues
    throw new Error(`migration_info.json: ${issue!.message} at ${issue!.path.join('.') || 'the top'}`)
  }
  return new Map(
    Object.entries(result.data.models).map(([model, { params }]) => [
      model,
      Object.entries(params).map(([name, { type, init_value, off_value, allowed_values, description }]) => ({
        name,
        type,
        init: toText(init_value),
        ...(off_value !== undefined && { off: toText(off_value) }),
        ...(allowed_values &&
          (type === 'int'
            ? { ranges: allowed_values.map(value => parseIntRange(String(value))) }
            : { words: allowed_values.map(toText) })),
        ...(description !== undefined && { description }),
      })),
    ]),
  )
}

/** Valid JSON; the mail's own sample was not. */
export function formatMigrationInfo(model: string, parameters: readonly Parameter[]): string {
  const params = parameters.map(({ name, type, init, off, ranges, words, description }) => [
    name,
    {
      type: type === 'enum' ? 'str' : type,
      init_value: toJson(type, init),
      ...(off !== undefined && { off_value: toJson(type, off) }),
      ...(ranges && {
        allowed_values: ranges.map(([low, high]) => (low === high ? Number(low) : `${low}-${high}`)),
      }),
      ...(words && { allowed_values: words }),
      ...(description !== undefined && { description }),
    },
  ])
  return `${JSON.stringify({ models: { [model]: { params: Object.fromEntries(params) } } })}\n`
}

/** The source's list: every parameter that can not be off, or is not (Stefan Hajnoczi's corrected form). */
export function sourceList(
  parameters: readonly Parameter[],
  values: ReadonlyMap<string, string>,
): Map<string, string> {
  const list = new Map<string, string>()
  for (const { name, off } of parameters) {
    const value = values.get(name)
    if (value !== undefined && value !== off) list.set(name, value)
  }
  return list
}

/** Why the destination can not have the list, with the parameter; undefined where it can. */
export function listRefusal(
  list: ReadonlyMap<string, string>,
  destination: readonly Parameter[],
): { field: string; reason: string } | undefined {
  const byName = new Map(destination.map(each => [each.name, each]))
  for (const [field, value] of list) {
    const parameter = byName.get(field)
    if (!parameter) return { field, reason: `the target has no parameter ${field}` }
    try {
      parseParameterValue(parameter, value)
    } catch {
      return { field, reason: `the target does not allow ${value}` }
    }
  }
  for (const { name, off } of destination)
    if (!list.has(name) && off === undefined)
      return { field: name, reason: `the target can not switch ${name} off, and the source has none` }
  return undefined
}
