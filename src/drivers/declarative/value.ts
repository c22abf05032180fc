import { bitmapParse, bitmapParselist, bitmapPrint, bitmapPrintList } from '../../sysfs/lib/bitmap.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtobool, kstrtoull } from '../../sysfs/lib/kstrtox.ts'
import { sysfsMatchString } from '../../sysfs/lib/sysfs.ts'
import type { VendorAttribute } from './model.ts'

/**
 * The value that a write to a vendor attribute means, as it reads from now on, without the newline: EINVAL for what is
 * malformed or not allowed, ERANGE for numbers beyond 64 bits; bitmaps fail as {@link bitmapParse} and
 * {@link bitmapParselist} do.
 */
export function parseValue(attribute: VendorAttribute, buf: string): string {
  const { kind, ranges, words, bits = 0 } = attribute
  switch (kind) {
    case 'bool':
      return kstrtobool(buf) ? '1' : '0'
    case 'string':
    case 'enum':
      return words ? words[sysfsMatchString(words, buf)]! : line(buf)
    case 'bitmap':
      return bitmapPrint(bitmapParse(buf, bits), bits)
    case 'list':
      return bitmapPrintList(bitmapParselist(buf, bits), bits)
    case 'int':
    case 'hex':
    case 'mask': {
      const number = kstrtoull(buf, kind === 'int' ? 0 : 16)
      if (ranges && !ranges.some(([low, high]) => number >= low && number <= high)) {
        throw new Errno('EINVAL', `${number} is not allowed`)
      }
      return kind === 'int' ? String(number) : `0x${number.toString(16)}`
    }
  }
}

/** The text up to its end or the first newline. */
function line(buf: string): string {
  return /^[^\n\0]*/.exec(buf)![0]
}
