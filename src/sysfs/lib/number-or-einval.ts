import { Errno } from './errno.ts'
import { kstrtoul } from './kstrtox.ts'

/**
 * The idiom `if (kstrtoul(buf, 0, &value) < 0) return -EINVAL;`, which many stores have: a number too large is EINVAL
 * as well, where the parser itself says ERANGE.
 */
export function numberOrEinval(buf: string): bigint {
  try {
    return kstrtoul(buf, 0)
  } catch (error) {
    if (error instanceof Errno && error.code === 'ERANGE') throw new Errno('EINVAL')
    throw error
  }
}
