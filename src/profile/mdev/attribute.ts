import type { z } from 'zod'
import type { VendorAttribute } from '../../drivers/declarative/model.ts'
import { parseValue } from '../../drivers/declarative/value.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import {
  type Complain,
  entries,
  fields,
  items,
  listOf,
  namesTo,
  part,
  related,
  shorthand,
} from '../schema/fields.ts'
import { contentLine, errno, numberFrom, reference, scalar, word } from '../schema/scalar.ts'
import { parseRanges, Refusal } from '../schema/values.ts'
import { quote } from '../text/problem.ts'

const path = scalar(
  'the name of an attribute, or of a group and an attribute, such as vendor/memory',
  name => (/^(?!\.)[!-.0-~]{1,255}(\/(?!\.)[!-.0-~]{1,255})?$/.test(name) ? name : undefined),
  ['string'],
)

const shape = shorthand(
  'default',
  fields(
    'the text that it reads, or a map with kind, bits, default, allowed, writable, errno and multiplies',
    {
      kind: word('int', 'hex', 'bool', 'string', 'enum', 'mask', 'bitmap', 'list')
        .meta({ description: 'how its text is read and written; string where nothing is said' })
        .exactOptional(),
      bits: numberFrom(1, 4096).meta({ description: 'how many bits a bitmap or list has' }).exactOptional(),
      default: contentLine
        .meta({ description: 'what it reads at first: {uuid}, {type}, {parent} and {id:POOL} are filled in' })
        .exactOptional(),
      allowed: listOf(contentLine, 'ranges of numbers such as 1-8, or a list of words').exactOptional(),
      writable: word('always', 'while closed', 'never')
        .meta({ description: 'when a new value is taken; never where nothing is said' })
        .exactOptional(),
      errno: errno
        .meta({ description: 'what writing says while the device is open, instead of EBUSY' })
        .exactOptional(),
      multiplies: listOf(reference, 'a list of pools')
        .meta({ description: 'of these pools the device takes so many times its share' })
        .exactOptional(),
    },
  ),
)

type Description = z.output<typeof shape>

/** Attributes that mdevs of a type have besides those of the core, by their names. */
export const attributes = related(
  namesTo(related(shape, checkAttribute), 'a map of attributes, such as {vendor/memory: 64 MB}', path),
  checkNames,
)

/** What every mdev has (drivers/vfio/mdev/mdev_sysfs.c, drivers/base/core.c), and proposals have of their own. */
const TAKEN = 'driver iommu_group mdev mdev_type power remove subsystem uevent vfio-dev'.split(' ')

function checkNames(attributes: unknown, complain: Complain): void {
  const names = entries(attributes).map(([name]) => name)
  const groups = new Set(names.filter(name => name.includes('/')).map(name => name.split('/')[0]))
  for (const name of names) {
    const [first] = name.split('/')
    if (TAKEN.includes(first!))
      complain([name], `every mdev has ${quote(first!)} already; choose another name`, { key: true })
    else if (groups.has(name))
      complain([name], `${quote(name)} is a group, of which there are attributes; choose another name`, {
        key: true,
      })
  }
}

export function vendorAttribute(name: string, description: Description): VendorAttribute {
  const { kind = 'string', bits, allowed, writable = 'never', multiplies } = description
  const attribute: VendorAttribute = {
    name,
    kind,
    writable,
    value: description.default ?? '',
    ...(allowed && (numeric(kind) ? { ranges: parseRanges(allowed.join(','))! } : { words: allowed })),
    ...(bits !== undefined && { bits }),
    ...(multiplies && { multiplies }),
    ...(description.errno && { busy: description.errno }),
  }
  // as it would read if somebody had written it: 0x8 is 8 to an int
  const asWritten = kind === 'string' || PLACEHOLDER.test(attribute.value)
  return asWritten ? attribute : { ...attribute, value: parseValue(attribute, attribute.value) }
}

function ofBits(kind: unknown): boolean {
  return kind === 'bitmap' || kind === 'list'
}

function numeric(kind: unknown): boolean {
  return kind === 'int' || kind === 'hex' || kind === 'mask'
}

/** Values that follow from the device are not known here. */
const PLACEHOLDER = /\{(?:uuid|type|parent|id:[^}]*)\}/
const BRACES = /\{[^}]*\}/g

function checkAttribute(attribute: unknown, complain: Complain): void {
  const kind = part(attribute, 'kind') ?? 'string'
  // complained of already
  if (typeof kind !== 'string') return
  const value = part(attribute, 'default')
  const allowed = items(part(attribute, 'allowed'))
  if (part(attribute, 'multiplies') !== undefined && kind !== 'int')
    complain(['multiplies'], 'only an attribute of the kind int can multiply; add kind: int')
  if (part(attribute, 'errno') !== undefined && part(attribute, 'writable') !== 'while closed')
    complain(['errno'], 'it is said only while the device is open; add writable: while closed', { key: true })
  if (kind === 'enum' && allowed.length === 0) complain([], 'an enum needs the words it takes; add allowed')
  if (allowed.length > 0 && kind === 'bool') complain(['allowed'], 'a bool takes 0 and 1; leave allowed out')
  if (allowed.length > 0 && ofBits(kind))
    complain(['allowed'], `a ${kind} takes every set of its bits; leave allowed out`)
  if (ofBits(kind) !== (part(attribute, 'bits') !== undefined)) {
    if (!ofBits(kind)) complain(['bits'], 'only a bitmap or a list has bits; leave them out', { key: true })
    else complain([], `how wide is it? A ${kind} needs bits`)
    return
  }
  if (numeric(kind) && !rangesFit(allowed, complain)) return
  if (value === undefined) {
    if (kind !== 'string')
      complain([], `what does it read at first? An attribute of the kind ${kind} needs a default`)
    return
  }
  const legible = part(attribute, 'allowed') === undefined || allowed.length > 0
  if (typeof value === 'string' && legible) checkDefault(value, attribute as Description, complain)
}

function rangesFit(allowed: readonly unknown[], complain: Complain): boolean {
  for (const [i, range] of allowed.entries()) {
    if (typeof range !== 'string') return false
    try {
      if (parseRanges(range)) continue
      complain(['allowed', i], `${quote(range)} is no range of numbers such as 1-8`)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      complain(['allowed', i], error.message)
    }
    return false
  }
  return true
}

function checkDefault(value: string, description: Description, complain: Complain): void {
  for (const [braces] of value.matchAll(BRACES)) {
    if (!PLACEHOLDER.test(braces))
      complain(
        ['default'],
        `${quote(braces)} can not be filled in; known are {uuid}, {type}, {parent} and {id:POOL}`,
      )
  }
  if (PLACEHOLDER.test(value)) return
  if (description.multiplies && value !== '1')
    complain(['default'], `a device takes its share once at first, so the default is 1, not ${quote(value)}`)
  try {
    vendorAttribute('', description)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    complain(['default'], `${quote(value)} is not what the attribute itself would take`)
  }
}
