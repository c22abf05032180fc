import { readdirSync, readFileSync, realpathSync } from 'node:fs'

/** The type that mounts made here carry in /proc/self/mountinfo. */
export const FILE_SYSTEM_TYPE = 'fuse.mdevfs'

export interface MountInfo {
  readonly directory: string
  readonly type: string
  /** Major and minor number of the file system: `0:53`. */
  readonly device: string
  /** What was mounted; for mounts made here `mdevfs:` and the pid of the server. */
  readonly source: string
}

/** All mounts of a process's namespace, in the order in which they were made (proc_pid_mountinfo(5)). */
export function mounts(pid = 'self'): MountInfo[] {
  return readFileSync(`/proc/${pid}/mountinfo`, 'latin1')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const fields = line.split(' ')
      const separator = fields.indexOf('-')
      return {
        directory: unescaped(fields[4]!),
        type: fields[separator + 1]!,
        device: fields[2]!,
        source: fields[separator + 2]!,
      }
    })
}

/** Blanks, tabs, newlines and backslashes stand as octal numbers. */
function unescaped(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** The mount that one sees in a directory: the last that was made there. */
export function mountAt(directory: string): MountInfo | undefined {
  return mounts().findLast(mount => mount.directory === directory)
}

/**
 * Whether a file system by that device number is mounted anywhere, in whatever namespace, and was mounted from something
 * else: the kernel gives the number of one that is gone to another.
 */
export function isAnothers(device: string, source: string): boolean {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .some(pid => {
      try {
        return mounts(pid).some(mount => mount.device === device && mount.source !== source)
      } catch {
        // the process is gone, or not to be looked at
        return false
      }
    })
}

/** A directory's path without links; works for a dead mount too, whose own directory can not be asked. */
export function canonical(directory: string): string {
  try {
    return realpathSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTCONN') throw error
    const parts = directory.replace(/\/+$/, '').split('/')
    const name = parts.pop()!
    return `${realpathSync(parts.join('/') || '.')}/${name}`.replace('//', '/')
  }
}
