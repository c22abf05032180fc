import { Errno } from '../sysfs/lib/errno.ts'
import type { ParameterModel, RfcModel } from './model.ts'
import { type Parameter, parseParameterValue } from './parameter.ts'

/** Takes so many times a device's share of pools from now on; ENOSPC where that is not there. */
export type Multiply = (pools: readonly string[], factor: number) => void

/** What the RFCs let a user configure of one device before a migration. */
export class MigrationState {
  /** RFC v2: parameters are in force. */
  applied = false
  open = false
  /** RFC v4. */
  deviceModel: string
  version: string
  /** Values that were written; the others are at their defaults. */
  readonly values = new Map<string, string>()
  readonly #rfc: RfcModel
  readonly #multiply: Multiply

  constructor(rfc: RfcModel, multiply: Multiply) {
    this.#rfc = rfc
    this.#multiply = multiply
    const [first] = rfc.models
    this.deviceModel = first?.[0] ?? ''
    this.version = first?.[1].at(-1) ?? ''
  }

  get needsApplying(): boolean {
    return this.#rfc.versions.includes('v2')
  }

  /**
   * The first user opens the device: EINVAL before parameters are applied (RFC v2), or where they do not go together, which
   * in v3 nobody asked before.
   */
  opened(): void {
    if (this.needsApplying && !this.applied) throw new Errno('EINVAL', 'migration parameters are not applied')
    this.#checkTogether()
    this.open = true
  }

  closed(): void {
    this.open = false
  }

  /**
   * EINVAL for a value that is not supported, ENOSPC where resources are missing. EBUSY while the device is open, unless
   * the parameter may be written then, and in v2 once parameters are applied. An empty text is the default.
   */
  set(parameter: ParameterModel, text: string): void {
    const { name, init, multiplies, runtime } = parameter
    const value = text === '' ? undefined : parseParameterValue(parameter, text)
    if (this.open ? !runtime : this.needsApplying && this.applied)
      throw new Errno('EBUSY', `${name}: ${this.open ? 'the device is open' : 'parameters are applied'}`)
    if (multiplies) this.#multiply(multiplies, Number(value ?? init))
    if (value === undefined) this.values.delete(name)
    else this.values.set(name, value)
  }

  /**
   * `applied`: 1 puts parameters in force, 0 resets them; EBUSY while the device is open, EINVAL for anything else. Where the
   * parameters do not go together, 1 is EINVAL and they stay as they are.
   */
  apply(text: string): void {
    if (text !== '0' && text !== '1') throw new Errno('EINVAL', 'applied is 0 or 1')
    if (this.open) throw new Errno('EBUSY', 'the device is open')
    if (text === '0') this.#reset()
    else this.#checkTogether()
    this.applied = text === '1'
  }

  #value({ name, init }: Pick<Parameter, 'name' | 'init'>): string {
    return this.values.get(name) ?? init
  }

  #checkTogether(): void {
    for (const parameter of this.#rfc.parameters) {
      if (this.#value(parameter) === parameter.off) continue
      for (const other of parameter.requires ?? []) parseParameterValue(other, this.#value(other))
    }
  }

  #reset(): void {
    for (const { name, multiplies, init } of this.#rfc.parameters)
      if (multiplies && this.values.has(name)) this.#multiply(multiplies, Number(init))
    this.values.clear()
  }

  /** RFC v4: another model has its own versions; the last is what a new device has. */
  setDeviceModel(model: string): void {
    const versions = this.#rfc.models.get(model)
    if (!versions) throw new Errno('EINVAL', `${model} is not among the device models`)
    this.#assertClosed()
    this.deviceModel = model
    this.version = versions.at(-1)!
  }

  setVersion(version: string): void {
    if (!this.#rfc.models.get(this.deviceModel)?.includes(version))
      throw new Errno('EINVAL', `${version} is no version of ${this.deviceModel}`)
    this.#assertClosed()
    this.version = version
  }

  #assertClosed(): void {
    if (this.open) throw new Errno('EBUSY', 'the device is open')
  }
}
