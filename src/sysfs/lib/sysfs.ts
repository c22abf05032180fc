import { cString } from './ctype.ts'
import { Errno } from './errno.ts'

/** `sysfs_streq()` (lib/string_helpers.c): equal, or equal but for one newline at the end of either. */
export function sysfsStreq(a: string, b: string): boolean {
  const left = cString(a)
  const right = cString(b)
  return left === right || left === `${right}\n` || `${left}\n` === right
}

/** `sysfs_match_string()`: the place of the text among the strings, with one optional newline. EINVAL if it is none. */
export function sysfsMatchString(strings: readonly string[], text: string): number {
  const index = strings.findIndex(string => sysfsStreq(string, text))
  if (index < 0) throw new Errno('EINVAL')
  return index
}
