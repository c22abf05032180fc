import type { Kernel } from '../../sysfs/base/kernel.ts'
import { procCreate } from '../../sysfs/base/procfs.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import type { Blacklist } from './blacklist.ts'

/** What the channel subsystems do about a changed list. */
export interface BlacklistUsers {
  /** `css_schedule_eval_all_unreg()`: finds devices that are not ignored any more. */
  evaluateUnregistered(): void
  /** `ccw_purge_blacklisted()`: lets go of ignored devices that are offline. */
  purge(): void
}

/** Bytes of one write that are looked at. */
const LONGEST = 65536

/**
 * `cio_ignore_write()`: `add LIST`, `free LIST`, `purge`; blanks and NULs at the end do not count. EINVAL for any other
 * word, for a list with a mistake, and at any offset but 0.
 */
function cioIgnoreWrite(blacklist: Blacklist, users: BlacklistUsers, buf: string, offset: number): void {
  if (offset !== 0) throw new Errno('EINVAL')
  const text = buf
    .slice(0, LONGEST)
    .replace(/[\s\0]+$/, '')
    .split('\0', 1)[0]!
  const blank = text.indexOf(' ')
  const word = blank < 0 ? text : text.slice(0, blank)
  const list = blank < 0 ? undefined : text.slice(blank + 1)
  switch (word) {
    case 'add':
      if (list !== undefined) blacklist.parse(list, 'add')
      return
    case 'free':
      try {
        if (list !== undefined) blacklist.parse(list, 'free')
      } finally {
        users.evaluateUnregistered()
      }
      return
    case 'purge':
      users.purge()
      return
    default:
      throw new Errno('EINVAL', `${word} is none of add, free, purge`)
  }
}

/** /proc/cio_ignore and /proc/cio_settle. */
export function createCioProc({ proc }: Kernel, blacklist: Blacklist, users: BlacklistUsers): void {
  procCreate(proc, 'cio_ignore', {
    mode: 0o644,
    show: () => blacklist.print(),
    write: (buf, offset) => cioIgnoreWrite(blacklist, users, buf, offset),
  })
  // whoever writes waits until all work is done, and nothing here is ever put off
  procCreate(proc, 'cio_settle', { mode: 0o200, write: () => {} })
}
