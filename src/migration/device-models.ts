import { SyntaxProblem } from './syntax-problem.ts'

/** Versions by device model: what `migration_device_models` lists (RFC v4). */
export type DeviceModels = ReadonlyMap<string, readonly string[]>

/** A model's line ends with a colon, its versions follow, one a line. */
export function formatDeviceModels(models: DeviceModels): string {
  return [...models]
    .map(([model, versions]) => [`${model}:`, ...versions].map(line => `${line}\n`).join(''))
    .join('')
}

/** Throws a {@link SyntaxProblem}. */
export function parseDeviceModels(text: string): DeviceModels {
  const models = new Map<string, string[]>()
  let versions: string[] | undefined
  let offset = 0
  for (const line of text.split('\n')) {
    if (line.endsWith(':')) {
      const model = line.slice(0, -1)
      if (model === '') throw new SyntaxProblem(text, offset, 'the name of a model is wanted')
      if (models.has(model)) throw new SyntaxProblem(text, offset, `${model} is there twice`)
      versions = []
      models.set(model, versions)
    } else if (line !== '') {
      if (!versions)
        throw new SyntaxProblem(text, offset, 'a model with a colon is wanted before its versions')
      versions.push(line)
    }
    offset += line.length + 1
  }
  return models
}
