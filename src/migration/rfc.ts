import type { Kobject } from '../sysfs/base/kobject.ts'
import { attrRO, attrRW, type Entry, group } from '../sysfs/kernfs/table.ts'
import { formatDeviceModels } from './device-models.ts'
import { written } from './line.ts'
import { formatMigrationInfo } from './migration-info.ts'
import type { ParameterModel, RfcModel } from './model.ts'
import type { MigrationState } from './state.ts'

type StateOf<T> = (object: T) => MigrationState

/** sysfs knows bytes, parameters are UTF-8. */
const toText = (buf: string) => Buffer.from(written(buf), 'latin1').toString()
const toBytes = (text: string) => Buffer.from(text).toString('latin1')

/** What a device has in `migration/`. */
export function rfcDeviceEntries<T extends Kobject>(rfc: RfcModel, stateOf: StateOf<T>): Entry<T>[] {
  const entries: Entry<T>[] = []
  if (rfc.versions.includes('v2')) {
    entries.push(
      attrRW(
        'applied',
        object => (stateOf(object).applied ? '1\n' : '0\n'),
        (object, buf) => stateOf(object).apply(written(buf)),
      ),
      group(
        'params',
        rfc.parameters.map(each => parameterEntry(each, stateOf, () => '')),
      ),
    )
  }
  if (rfc.versions.includes('v3'))
    entries.push(...rfc.parameters.map(each => parameterEntry(each, stateOf, () => `${each.init}\n`)))
  if (rfc.versions.includes('v4')) {
    entries.push(
      attrRW(
        'device_model',
        object => `${toBytes(stateOf(object).deviceModel)}\n`,
        (object, buf) => stateOf(object).setDeviceModel(toText(buf)),
      ),
      attrRW(
        'version',
        object => `${toBytes(stateOf(object).version)}\n`,
        (object, buf) => stateOf(object).setVersion(toText(buf)),
      ),
    )
  }
  return entries
}

/** A parameter at its default reads nothing at all in RFC v2, and its `init_value` in v3. */
function parameterEntry<T extends Kobject>(
  parameter: ParameterModel,
  stateOf: StateOf<T>,
  unset: () => string,
): Entry<T> {
  return attrRW(
    toBytes(parameter.name),
    object => {
      const value = stateOf(object).values.get(parameter.name)
      return value === undefined ? toBytes(unset()) : `${toBytes(value)}\n`
    },
    (object, buf) => stateOf(object).set(parameter, toText(buf)),
  )
}

/** What a type has: `migration/model` (v2), `migration_info.json` (v3), `migration_device_models` (v4). */
export function rfcTypeText(rfc: RfcModel, file: string): string | undefined {
  const { versions, model, parameters, models } = rfc
  if (file === 'model')
    return versions.includes('v2') && model !== undefined ? `${toBytes(model)}\n` : undefined
  if (file === 'migration_info.json')
    return versions.includes('v3') && model !== undefined
      ? toBytes(formatMigrationInfo(model, parameters))
      : undefined
  return versions.includes('v4') ? toBytes(formatDeviceModels(models)) : undefined
}

/** The files of a type that {@link rfcTypeText} has a text for, each shown where it has one. */
export function rfcTypeEntries<T extends Kobject>(rfcOf: (object: T) => RfcModel | undefined): Entry<T>[] {
  const textOf = (object: T, file: string) => {
    const rfc = rfcOf(object)
    return rfc && rfcTypeText(rfc, file)
  }
  const entry = (file: string) =>
    attrRO<T>(file, object => textOf(object, file)!, {
      present: object => textOf(object, file) !== undefined,
    })
  return [
    group('migration', [entry('model')], object => textOf(object, 'model') !== undefined),
    entry('migration_info.json'),
    entry('migration_device_models'),
  ]
}
