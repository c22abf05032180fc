import type { Mdev } from '../../mdev/device.ts'
import {
  attrRO,
  attrRW,
  type Entry,
  EntryTable,
  group,
  type TextAttribute,
} from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { aggregationGroup } from './aggregation.ts'
import type { TypeModel, VendorAttribute } from './model.ts'
import type { DeclarativeOps } from './ops.ts'
import { parseValue } from './value.ts'

/** The groups of an mdev of that type. */
export function deviceTable(ops: DeclarativeOps, type: TypeModel, aggregation: boolean): EntryTable<Mdev> {
  const entries: Entry<Mdev>[] = []
  const groups = new Map<string, TextAttribute<Mdev>[]>()
  for (const attribute of type.attributes) {
    const [directory, name] = split(attribute.name)
    const entry = textAttribute(ops, attribute, name)
    if (directory === undefined) entries.push(entry)
    else groups.set(directory, [...(groups.get(directory) ?? []), entry])
  }
  for (const [name, attributes] of groups) entries.push(group(name, attributes))
  if (aggregation) entries.push(aggregationGroup(ops))
  return new EntryTable(entries)
}

function split(path: string): [directory: string | undefined, name: string] {
  const slash = path.indexOf('/')
  return slash < 0 ? [undefined, path] : [path.slice(0, slash), path.slice(slash + 1)]
}

function textAttribute(ops: DeclarativeOps, attribute: VendorAttribute, name: string): TextAttribute<Mdev> {
  const show = (mdev: Mdev) => `${value(ops, attribute, mdev)}\n`
  if (attribute.writable === 'never') return attrRO(name, show)
  return attrRW(name, show, (mdev, buf) => store(ops, attribute, mdev, buf))
}

function value(ops: DeclarativeOps, attribute: VendorAttribute, mdev: Mdev): string {
  const instance = ops.instance(mdev)
  const multiplied = attribute.multiplies?.[0]
  if (multiplied !== undefined) return String(instance.factor(multiplied))
  return instance.values.get(attribute.name) ?? expand(attribute.value, mdev, instance.ids)
}

function store(ops: DeclarativeOps, attribute: VendorAttribute, mdev: Mdev, buf: string): void {
  const instance = ops.instance(mdev)
  const text = parseValue(attribute, buf)
  if (instance.open && attribute.writable !== 'always')
    throw new Errno(attribute.busy ?? 'EBUSY', `${mdev.name} is open`)
  if (attribute.multiplies) instance.multiply(attribute.multiplies, Number(text))
  else instance.values.set(attribute.name, text)
}

/** Fills the placeholders of a value: {uuid}, {type}, {parent}, {id:POOL}. */
function expand(text: string, mdev: Mdev, ids: ReadonlyMap<string, number>): string {
  return text.replace(/\{(uuid|type|parent|id:([^}]+))\}/g, (_, key: string, pool: string | undefined) => {
    if (pool !== undefined) return String(ids.get(pool))
    if (key === 'uuid') return mdev.name
    return key === 'type' ? mdev.mdevType.name : mdev.mdevType.supports.device.name
  })
}
