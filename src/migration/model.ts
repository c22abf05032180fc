import type { DeviceMigrationInit } from '../vfio/migration/index.ts'
import type { DeviceModels } from './device-models.ts'
import type { Parameter } from './parameter.ts'

/** Texts may have placeholders, see {@link expand}. */
export interface VersionModel {
  /** What the device reads; a device without it has no file. */
  readonly device?: string
  /** What the type reads; a type without it has no file. */
  readonly type?: string
  /** What is taken besides one's own string, in the template language. */
  readonly accepts: readonly string[]
  /** The files are there and answer ENODEV, as i915's do while its software version is invalid. */
  readonly unsupported: boolean
}

/** Alex Williamson's pair of June 2020: a type to be compared, and a version to be tested. */
export interface VfioVersionModel {
  readonly type: string
  readonly version: string
  readonly accepts: readonly string[]
}

/**
 * How `self` and `compatible` are shown: proposals 1 and 2 of 19 August 2020, or `migration_compatible` of 29 July.
 */
export type CompatibilityForm = 'directories' | 'binary' | 'file'

export interface CompatibilityModel {
  readonly forms: readonly CompatibilityForm[]
  readonly self: readonly (readonly [field: string, value: string])[]
  readonly compatible: readonly (readonly (readonly [field: string, value: string])[])[]
}

/** A parameter, and what it takes of the parent. */
export interface ParameterModel extends Parameter {
  /** Pools of which the device takes so many times its share; ints whose init is 1. */
  readonly multiplies?: readonly string[]
  /** While it is not off, these others have to have such values: parameters with what is allowed of them. */
  readonly requires?: readonly Parameter[]
}

/** "VFIO Migration", RFC v2 and v3 (November 2020) and v4 (August 2021). */
export interface RfcModel {
  readonly versions: readonly ('v2' | 'v3' | 'v4')[]
  /** Of v2 and v3. */
  readonly model?: string
  readonly parameters: readonly ParameterModel[]
  /** Of v4; a new device has the first model and its last version. */
  readonly models: DeviceModels
}

/** The migration interfaces of one type or device. */
export interface MigrationModel {
  readonly version?: VersionModel
  readonly vfioVersion?: VfioVersionModel
  readonly compatibility?: CompatibilityModel
  readonly rfc?: RfcModel
  /** What carries the state itself, behind the device's file. */
  readonly device?: DeviceMigrationInit
}
