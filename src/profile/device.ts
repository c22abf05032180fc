import { z } from 'zod'
import type { Described } from './kind.ts'
import { KINDS } from './kinds/index.ts'
import { nearest } from './schema/explain.ts'
import { type Complain, items, OTHER, related } from './schema/fields.ts'
import { quote } from './text/problem.ts'

const KEYS = KINDS.map(({ key }) => key)
const WHAT = `a device: a map with one of the keys ${KEYS.join(', ')}`

/** An item of `devices`: its kind is known by a key that only this kind has. */
export const device = z.unknown().transform((item, context): Described => {
  if (!isMap(item)) {
    context.addIssue({ code: 'custom', message: WHAT, params: { expected: true } })
    return z.NEVER
  }
  const [kind, other] = KINDS.filter(({ key }) => key in item)
  if (!kind) {
    const meant = Object.keys(item).flatMap(key => nearest(key, KEYS) ?? [])[0]
    const hint =
      meant === undefined ? `add one of the keys ${KEYS.join(', ')}` : `did you mean ${quote(meant)}?`
    context.addIssue({ code: 'custom', message: `nothing says what kind of device this is; ${hint}` })
    return z.NEVER
  }
  const own = { ...item }
  if (other) {
    delete own[other.key]
    const message = `a device is of one kind, and this one has ${quote(kind.key)} and ${quote(other.key)}`
    context.addIssue({ code: 'custom', path: [other.key], message, params: { key: true } })
  }
  const description = kind.schema.safeParse(own)
  for (const issue of description.error?.issues ?? []) context.addIssue({ ...issue })
  const address = kind.address.safeParse(item[kind.key])
  return address.success ? { kind, address: address.data, description: description.data } : z.NEVER
})

export const devices = related(
  z.array(device, { error: 'a list of devices' }).meta({ description: 'what the machine has' }),
  checkAddresses,
)

function checkAddresses(devices: unknown, complain: Complain): void {
  const seen = new Map<string, number>()
  for (const [i, device] of items(devices).entries()) {
    if (!isDescribed(device)) continue
    const { kind, address } = device
    const name = `${kind.key} ${address}`
    const first = seen.get(name)
    if (first === undefined) seen.set(name, i)
    else
      complain([i, kind.key], `${name} is already described on ${OTHER}; leave one of them out`, {
        other: [first, kind.key],
      })
  }
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDescribed(device: unknown): device is Described {
  return isMap(device) && 'kind' in device && 'address' in device
}
