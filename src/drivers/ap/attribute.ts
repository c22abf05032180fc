import { Errno } from '../../sysfs/lib/errno.ts'
import { sscanf } from '../../sysfs/lib/vsprintf.ts'
import type { Adapter } from './adapter.ts'

export function printFlag(flag: boolean): string {
  return flag ? '1\n' : '0\n'
}

/** `0x%08X`. */
export function printFunctions({ functions }: Adapter): string {
  return `0x${(functions >>> 0).toString(16).toUpperCase().padStart(8, '0')}\n`
}

/** `sscanf("%d")` of 0 or 1, whatever follows; EINVAL for anything else. */
export function parseSwitch(buf: string): boolean {
  const [value] = sscanf(buf, '%d\n')
  if (value !== 0 && value !== 1) throw new Errno('EINVAL')
  return value === 1
}
