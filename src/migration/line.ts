import { Errno } from '../sysfs/lib/errno.ts'

/** What a write says, up to a NUL, without one newline at its end. */
export function written(buf: string): string {
  const end = buf.indexOf('\0')
  const text = end < 0 ? buf : buf.slice(0, end)
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

/** The same for a migration version: ASCII, one line, not empty; else EINVAL. */
export function writtenVersion(buf: string): string {
  const text = written(buf)
  if (!/^[ -~]+$/.test(text)) throw new Errno('EINVAL', 'a version is one line of ASCII')
  return text
}
