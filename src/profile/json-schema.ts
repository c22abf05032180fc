import { z } from 'zod'
import { device } from './device.ts'
import { KINDS } from './kinds/index.ts'
import { machine } from './machine.ts'

type Json = z.core.JSONSchema.BaseSchema

/** The format as a JSON Schema (draft 2020-12) for editors; made from what the loader itself checks with. */
export function jsonSchema(): Json {
  return {
    ...toJson(machine),
    title: 'mdevfs profile',
    description: 'A machine, or a part of one, in the words of sysfs: see docs/profiles.md',
  }
}

function toJson(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === device) jsonSchema.anyOf = KINDS.map(kind => withoutDialect(toJson(kind.schema)))
      // a key is text, whatever it looks like
      if (typeof jsonSchema.propertyNames === 'object') jsonSchema.propertyNames.type = 'string'
      widen(jsonSchema)
    },
  })
}

/** What may be written shorter: a map as its main part, a list as its only item. */
function widen(json: Json): void {
  const { shorthand, description, ...whole } = json
  if (typeof shorthand !== 'string') return
  const short = shorthand === 'item' ? whole.items : whole.properties?.[shorthand]
  for (const key of Object.keys(json)) delete json[key]
  Object.assign(json, { ...(description !== undefined && { description }), anyOf: [short, whole] })
}

function withoutDialect({ $schema: _, ...json }: Json): Json {
  return json
}
