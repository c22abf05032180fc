import { readFileSync } from 'node:fs'
import test from 'ava'
import type { Structure } from '../../../src/pci/config/field.ts'
import { headers } from '../../../src/pci/config/header.ts'
import { check } from '../../../src/pci/config/index.ts'
import { SPACES } from '../../../src/pci/config/layout.ts'

const text = readFileSync(new URL('../../../../docs/config-space.md', import.meta.url), 'utf8')

/** A row for each structure: its id, its name, and its fields; those in italics can be written. */
function row({ id, name, title, fields, tail }: Structure, digits: number): string {
  const names = new Map(
    fields.map(field => [field.name, field.writable !== 0 ? `*${field.name}*` : field.name]),
  )
  const all = [...names.values(), ...(tail ? ['data'] : [])].join(' ')
  return `| \`${name}\` | ${id.toString(16).padStart(digits, '0')} | ${title} | ${all} |`
}

test('the documentation has every capability with all its fields', t => {
  const rows = [
    ...SPACES.cap.table.map(structure => row(structure, 2)),
    ...SPACES.ecap.table.map(structure => row(structure, 4)),
    ...headers.map(structure => row(structure, 1)),
  ]
  const missing = rows.filter(line => !text.includes(`${line}\n`))
  t.deepEqual(missing, [], missing.join('\n'))
})

test('its examples are sound', t => {
  const examples = [...text.matchAll(/```vpci\n([\s\S]*?)```/g)].map(([, example]) => example!)
  t.true(examples.length > 0)
  for (const example of examples) t.deepEqual(check(example), [], example)
})

test('names of fields are unique in every form of a capability', t => {
  for (const { table } of Object.values(SPACES)) {
    for (const { name, fields } of table) {
      const names = fields.filter(({ when }) => !when).map(field => field.name)
      t.is(new Set(names).size, names.length, name)
    }
  }
})
