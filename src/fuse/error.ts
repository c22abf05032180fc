/** Why a file system could not be mounted or unmounted: one sentence for a person. */
export class FuseError extends Error {
  override readonly name = 'FuseError'
}
