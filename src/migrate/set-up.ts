import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { Place } from '../compat/place.ts'
import { MigrateError } from './error.ts'

export interface SetUp {
  /** The directory of the device that is to run. */
  readonly directory: string
  /** Takes away what was made for it. */
  undo(): void
}

/**
 * Makes the target what the source is: a type becomes a device with the source's UUID; parameters of the RFCs are written
 * as the source has them, and applied.
 */
export function setUpTarget(source: string, target: string): SetUp {
  const from = new Place(source, fs)
  const place = new Place(target, fs)
  if (!place.isType) {
    copyParameters(from, place)
    return { directory: target, undo() {} }
  }
  const uuid = basename(fs.realpathSync(source))
  const refused = place.write('create', uuid)
  if (refused !== undefined)
    throw new MigrateError(
      `${target} does not make ${uuid}: create says ${refused}; name a device that is there, or make room.`,
    )
  const directory = fs.realpathSync(join(target, 'devices', uuid))
  const undo = () => {
    try {
      fs.writeFileSync(join(directory, 'remove'), '1')
    } catch {
      // it is gone, or the machine is
    }
  }
  try {
    copyParameters(from, new Place(directory, fs))
  } catch (error) {
    undo()
    throw error
  }
  return { directory, undo }
}

/** RFC v2: parameters, then `applied`. RFC v4: the model, then its version. RFC v3: what `migration_info.json` names. */
function copyParameters(source: Place, target: Place): void {
  const copy = (file: string) => {
    const text = source.text(file)
    if (text === undefined || text === '' || target.text(file) === text) return
    const refused = target.write(file, text)
    if (refused !== undefined)
      throw new MigrateError(`${target.path}/${file} does not take ${text}: ${refused}.`)
  }
  if (source.has('migration/applied') && target.text('migration/applied') === '0') {
    for (const name of source.names('migration/params')) copy(`migration/params/${name}`)
    if (source.text('migration/applied') === '1') copy('migration/applied')
  }
  for (const name of parametersOf(source)) copy(`migration/${name}`)
  for (const name of ['device_model', 'version'])
    if (source.has(`migration/${name}`)) copy(`migration/${name}`)
}

/** Parameters of RFC v3 that the type of a device tells. */
function parametersOf(device: Place): string[] {
  const text = device.type?.text('migration_info.json')
  if (text === undefined) return []
  try {
    const { models } = JSON.parse(text) as { models: Record<string, { params?: object }> }
    return Object.values(models).flatMap(({ params }) => Object.keys(params ?? {}))
  } catch {
    return []
  }
}
