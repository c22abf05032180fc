import type { Profile } from './profile.ts'
import { items, part } from './schema/fields.ts'
import type { Problem } from './text/problem.ts'
import { quote } from './text/problem.ts'

/**
 * What is allowed, and hardly meant: types whose `migration_version` says one thing before there is a device and another when
 * there is one, which its author calls a bug of the driver (Yan Zhao, v5, April 2020).
 */
export function warningsOf(profile: Profile): Problem[] {
  return profile.devices.flatMap(({ description }, i) => {
    const types = items(part(description, 'types')).map((type, j) => [['types', j], type] as const)
    const gvt = part(description, 'gvt')
    const owners = gvt === undefined ? types : [...types, [['gvt'], gvt] as const]
    return owners.flatMap(([path, owner]) => {
      const reason = disagreement(part(part(owner, 'migration'), 'migration_version'))
      const at = ['devices', i, ...path, 'migration', 'migration_version']
      return reason === undefined ? [] : [profile.problem(at, reason)]
    })
  })
}

function disagreement(version: unknown): string | undefined {
  const [type, device] = [part(version, 'type'), part(version, 'device')]
  if (version === undefined || type === device) return undefined
  if (typeof type !== 'string') return 'the device has it and the type has not; give the type the same string'
  if (typeof device !== 'string')
    return 'the type has it and the device has not; give the device the same string'
  return `the type has ${quote(type)} and the device ${quote(device)}: what one accepts the other refuses; give both the same string`
}
