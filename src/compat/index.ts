export {
  type Compatibility,
  type CompatOptions,
  checkCompatibility,
  INTERFACES,
  type Interface,
} from './compare.ts'
export { type Matrix, type MatrixEntry, migrationMatrix } from './matrix.ts'
export { CompatError, type FileSystem } from './place.ts'
export { DIRECTIONS, type Direction, type Verdict, whyNot } from './verdict.ts'
