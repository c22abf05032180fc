import { PAGE_SIZE } from '../sysfs/kernfs/node.ts'

/** Data of one WRITE request at most; longer writes are cut to a page by sysfs anyway. */
export const MAX_WRITE = 64 * 1024
/** A request: the kernel wants room for the header and for max_write. */
export const REQUEST_SIZE = MAX_WRITE + PAGE_SIZE
/** A reply: what one READ or READDIR may ask for, and its header. */
export const REPLY_SIZE = 128 * 1024 + PAGE_SIZE
