import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { parse } from 'yaml'
import { builtinFile, builtinNames, profileFolder } from '../../src/profile/builtin.ts'
import { jsonSchema } from '../../src/profile/json-schema.ts'
import { withHead } from './support.ts'

const file = join(profileFolder(), 'schema.json')
const validate = new Ajv2020({ allowUnionTypes: true }).compile(jsonSchema())

/** As an editor's YAML parser sees a profile: numbers are numbers. */
function fits(text: string): boolean {
  return validate(parse(text))
}

test('profiles/schema.json is up to date', t => {
  const schema = `${JSON.stringify(jsonSchema(), undefined, 2)}\n`
  if (process.env['UPDATE']) writeFileSync(file, schema)
  t.is(readFileSync(file, 'utf8'), schema, 'UPDATE=1 npx ava test/profile/json-schema.test.ts writes it anew')
})

for (const name of builtinNames()) {
  test(`${name} fits the schema`, t => {
    t.true(fits(readFileSync(builtinFile(name), 'utf8')), JSON.stringify(validate.errors))
  })
}

test('short and long forms fit', t => {
  for (const body of [
    'kernel: 5.10\n',
    'kernel: "6.12"\n',
    'static: {/sys/a: 1, /sys/b: {content: x, mode: 0644}, /sys/c: {}}\n',
    'iommu_groups: {0: ["0000:00:02.0"], 1: sample, 2: {devices: x, type: DMA}}\n',
    'devices: [{sample: mbochs, count: 0x100}]\n',
    'devices: [{pci: "0000:00:02.0", resources: {a: 1GB, b: {total: 7, first_id: 1}}, types: [{id: a}]}]\n',
  ])
    t.true(fits(withHead(body)), `${body} ${JSON.stringify(validate.errors)}`)
})

test('mistakes do not fit', t => {
  for (const body of [
    'kernle: 6.1\n',
    'kernel: 6.2\n',
    'devices: {}\n',
    'devices: [{sample: mttyy}]\n',
    'devices: [{smaple: mtty}]\n',
    'devices: [{pci: "0000:00:02.0", drvier: i915}]\n',
    'devices: [{pci: "0000:00:02.0", types: [{}]}]\n',
  ])
    t.false(fits(withHead(body)), body)
  t.false(fits('name: x\nsummary: y\n'))
})
