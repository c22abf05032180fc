import { Errno, type ErrnoName } from '../lib/errno.ts'

/**
 * What sysfs says to root when a name is to be made, moved or taken away and the checks of the VFS (EEXIST, ENOENT,
 * EISDIR, ENOTDIR, EXDEV) found nothing: it has no such operation, and the VFS names the errno (fs/namei.c).
 */
const REFUSALS = {
  mkdir: 'EPERM',
  rmdir: 'EPERM',
  unlink: 'EPERM',
  rename: 'EPERM',
  symlink: 'EPERM',
  link: 'EPERM',
  /** Of anything but a regular file. */
  mknod: 'EPERM',
  /** open(2) with O_CREAT, mknod(2) of a regular file. */
  create: 'EACCES',
  tmpfile: 'EOPNOTSUPP',
  fallocate: 'EOPNOTSUPP',
  fsyncdir: 'EINVAL',
} as const satisfies Record<string, ErrnoName>

export type Refused = keyof typeof REFUSALS

export function refusal(operation: Refused): Errno {
  return new Errno(REFUSALS[operation])
}
