import { Errno, type ErrnoName } from '../../src/sysfs/lib/errno.ts'

/** The errno that the function throws, or what it returns. */
export function outcome<T>(run: () => T): T | ErrnoName {
  try {
    return run()
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}
