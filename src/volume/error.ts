import { Errno } from '../sysfs/lib/errno.ts'

/** An error as `fs` throws it: the kernel's code and number, the system call, and the path where there is one. */
export class VolumeError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: string
  readonly path?: string

  constructor(cause: Errno, syscall: string, path?: string) {
    super(`${cause.message}, ${syscall}${path === undefined ? '' : ` '${path}'`}`, { cause })
    this.code = cause.code
    this.errno = cause.errno
    this.syscall = syscall
    if (path !== undefined) this.path = path
  }
}

Object.defineProperty(VolumeError.prototype, 'name', { value: 'Error', configurable: true })

/** Runs what the tree does, in the name of a system call. */
export function asSyscall<T>(syscall: string, path: string | undefined, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw error instanceof Errno ? new VolumeError(error, syscall, path) : error
  }
}
