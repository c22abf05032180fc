/** Why a migration can not begin, or how it ended: a sentence. */
export class MigrateError extends Error {
  override readonly name = 'MigrateError'
}
