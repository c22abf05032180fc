import { Errno } from './errno.ts'

/** The memory of whoever made a system call: `copy_from_user()` and `copy_to_user()`. Both throw EFAULT. */
export interface UserMemory {
  /** @param task the thread that made the call, and waits for its end */
  copyFrom(task: number, address: bigint, length: number): Buffer
  copyTo(task: number, address: bigint, bytes: Uint8Array): void
}

/** Of callers whose memory is out of reach. */
export const NO_USER_MEMORY: UserMemory = {
  copyFrom() {
    throw new Errno('EFAULT', 'the memory of the caller is out of reach')
  },
  copyTo() {
    throw new Errno('EFAULT', 'the memory of the caller is out of reach')
  },
}
