import { parseDeviceModels } from '../migration/device-models.ts'
import {
  listRefusal,
  type MigrationInfo,
  parseMigrationInfo,
  sourceList,
} from '../migration/migration-info.ts'
import { SyntaxProblem } from '../migration/syntax-problem.ts'
import type { Place } from './place.ts'
import { incompatible, lacking, unsupported, type Verdict } from './verdict.ts'

/** What the device's parameters read, those at their default left out: they read nothing. */
function parameters(device: Place, directory: string): Map<string, string> {
  return new Map(
    device.names(directory).flatMap(name => {
      const value = device.text(`${directory}/${name}`)
      return value === undefined || value === '' ? [] : [[name, value] as const]
    }),
  )
}

const PARAMS = 'migration/params'
const APPLIED = 'migration/applied'

/**
 * RFC v2 (Stefan Hajnoczi): the models are the same, and the target has every parameter that the source has set and takes
 * its value. Trying is the only way to know: they are written to the target and applied, and what it had is put back.
 */
export function rfcV2(source: Place, target: Place): Verdict {
  const model = 'migration/model'
  const [from, to] = [source.type?.text(model), target.type?.text(model)]
  const lack = lacking(model, from !== undefined, to !== undefined)
  if (lack) return lack
  if (from !== to) return incompatible(`${from} is not ${to}`, 'model')
  if (source.isType || target.isType) return { result: 'compatible', detail: `both are ${from}` }
  const list = parameters(source, PARAMS)
  const known = target.names(PARAMS)
  for (const name of list.keys())
    if (!known.includes(name)) return incompatible(`the target has no parameter ${name}`, name)
  return target.text(APPLIED) === '1' ? compareApplied(list, target) : tryParameters(list, target)
}

/** A target that is set up already takes nothing else. */
function compareApplied(list: ReadonlyMap<string, string>, target: Place): Verdict {
  const set = parameters(target, PARAMS)
  for (const name of new Set([...list.keys(), ...set.keys()])) {
    const [wanted, has] = [list.get(name) ?? 'its default', set.get(name) ?? 'its default']
    if (wanted !== has) return incompatible(`the target is set up with ${has}, not ${wanted}`, name)
  }
  return { result: 'compatible', detail: 'the target is set up like the source' }
}

function tryParameters(list: ReadonlyMap<string, string>, target: Place): Verdict {
  const before = parameters(target, PARAMS)
  const refused = (): Verdict | undefined => {
    const first = target.write(APPLIED, '0')
    if (first !== undefined) return incompatible(`the target can not be reset: ${first}`, 'applied')
    for (const [name, value] of list) {
      const errno = target.write(`${PARAMS}/${name}`, value)
      if (errno !== undefined) return incompatible(`the target refuses ${value} with ${errno}`, name)
    }
    const errno = target.write(APPLIED, '1')
    return errno === undefined
      ? undefined
      : incompatible(`the target does not apply the parameters: ${errno}`, 'applied')
  }
  try {
    const count = list.size === 1 ? '1 parameter' : `${list.size} parameters`
    return refused() ?? { result: 'compatible', detail: `the target applies ${count}` }
  } finally {
    target.write(APPLIED, '0')
    for (const [name, value] of before) target.write(`${PARAMS}/${name}`, value)
  }
}

/** The one model of a type's `migration_info.json` with its parameters. */
function info(
  place: Place,
): { model: string; parameters: MigrationInfo extends ReadonlyMap<string, infer P> ? P : never } | undefined {
  const text = place.type?.text('migration_info.json')
  if (text === undefined) return undefined
  const [entry] = parseMigrationInfo(text)
  return entry && { model: entry[0], parameters: entry[1] }
}

/**
 * RFC v3 (Stefan Hajnoczi): the models are the same, the target allows every parameter that the source has and that is not
 * off, and can switch off all others. Nothing is written. A type stands for a new device of it.
 */
export function rfcV3(source: Place, target: Place): Verdict {
  let side = 'source'
  try {
    const from = info(source)
    side = 'target'
    const to = info(target)
    const lack = lacking('migration_info.json', from !== undefined, to !== undefined)
    if (lack) return lack
    if (from!.model !== to!.model) return incompatible(`${from!.model} is not ${to!.model}`, 'model')
    const values = source.isType
      ? new Map(from!.parameters.map(({ name, init }) => [name, init]))
      : parameters(source, 'migration')
    const list = sourceList(from!.parameters, values)
    const refusal = listRefusal(list, to!.parameters)
    if (refusal) return incompatible(refusal.reason, refusal.field)
    const said = [...list].map(([name, value]) => `${name}=${value}`).join(', ')
    return { result: 'compatible', detail: said === '' ? 'everything is off' : `with ${said}` }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return incompatible(`the ${side}'s text can not be read: ${error.message}`, 'migration_info.json')
  }
}

/**
 * RFC v4 (Stefan Hajnoczi): the target's type lists the source's device model, and its version below it. A type stands for
 * whatever it lists: one version that both know is enough.
 */
export function rfcV4(source: Place, target: Place): Verdict {
  const file = 'migration_device_models'
  const [from, to] = [source.type?.text(file), target.type?.text(file)]
  const lack = lacking(file, from !== undefined, to !== undefined)
  if (lack) return lack
  let side = 'target'
  try {
    const listed = parseDeviceModels(to!)
    const takes = (model: string, version: string): boolean => listed.get(model)?.includes(version) === true
    if (source.isType) {
      side = 'source'
      for (const [model, versions] of parseDeviceModels(from!))
        for (const version of versions)
          if (takes(model, version)) return { result: 'compatible', detail: `both know ${model} ${version}` }
      return incompatible('they have no version of a device model in common', file)
    }
    const model = source.text('migration/device_model')
    const version = source.text('migration/version')
    if (model === undefined || version === undefined)
      return unsupported('the source has no migration/device_model and migration/version')
    if (!listed.has(model)) return incompatible(`the target does not list ${model}`, 'device_model')
    if (!takes(model, version))
      return incompatible(`of ${model} the target does not list ${version}`, 'version')
    return { result: 'compatible', detail: `${model} ${version}` }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    return incompatible(`the ${side}'s text can not be read: ${error.message}`, file)
  }
}
