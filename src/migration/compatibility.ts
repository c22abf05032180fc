import type { Kobject } from '../sysfs/base/kobject.ts'
import { attrRO, binAttr, type Entry, group } from '../sysfs/kernfs/table.ts'
import { expand } from './expand.ts'
import type { CompatibilityModel } from './model.ts'

type Lines = CompatibilityModel['self']

/** What is compatible in the n-th way: `compatible`, `compatible1`, `compatible2`. */
function compatibleName(n: number): string {
  return n === 0 ? 'compatible' : `compatible${n}`
}

function text(object: Kobject, lines: Lines, indent = ''): string {
  return lines.map(([field, value]) => `${indent}${field}=${expand(value, object)}\n`).join('')
}

/** Proposal 1: directories, a file for each field. Proposal 2: binary attributes, objects apart by an empty line. */
export function compatibilityEntries<T extends Kobject>({
  forms,
  self,
  compatible,
}: CompatibilityModel): Entry<T>[] {
  if (forms.includes('directories')) {
    const directory = (name: string, lines: Lines) =>
      group<T>(
        name,
        lines.map(([field, value]) => attrRO(field, object => `${expand(value, object)}\n`)),
      )
    return [directory('self', self), ...compatible.map((lines, n) => directory(compatibleName(n), lines))]
  }
  if (forms.includes('binary')) {
    return [
      binary('self', object => text(object, self)),
      binary('compatible', object => compatible.map(lines => text(object, lines)).join('\n')),
    ]
  }
  return []
}

function binary<T extends Kobject>(name: string, show: (object: T) => string): Entry<T> {
  return binAttr(name, 0o444, {
    size: object => Buffer.byteLength(show(object), 'latin1'),
    read: (object, offset, length) => Buffer.from(show(object), 'latin1').subarray(offset, offset + length),
  })
}

/** `migration_compatible` of 29 July 2020: SELF and any number of COMPATIBLE in one text attribute. */
export function singleFileEntry<T extends Kobject>({ self, compatible }: CompatibilityModel): Entry<T> {
  return attrRO('migration_compatible', object =>
    [
      `SELF:\n${text(object, self, '\t')}`,
      ...compatible.map(lines => `COMPATIBLE:\n${text(object, lines, '\t')}`),
    ].join(''),
  )
}
