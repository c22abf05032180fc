import { PAGE_SIZE } from '../kernfs/node.ts'
import { attrRW, type TextAttribute } from '../kernfs/table.ts'
import { Errno } from '../lib/errno.ts'

/** A device for which user space may name the only driver. */
interface Overridable {
  driverOverride: string | undefined
}

/**
 * `driver_override`: the text up to the first newline or NUL, not looked at any further; an empty line takes it back,
 * and then it reads `(null)`. EINVAL for what would not read back in a page (`driver_set_override()`).
 */
export function driverOverride<T extends Overridable>(): TextAttribute<T> {
  return attrRW(
    'driver_override',
    device => `${device.driverOverride ?? '(null)'}\n`,
    (device, buf) => {
      if (buf.length >= PAGE_SIZE - 1) throw new Errno('EINVAL')
      const name = /^[^\n\0]*/.exec(buf)![0]
      device.driverOverride = name === '' ? undefined : name
    },
  )
}
