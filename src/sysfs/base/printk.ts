import type { Directory } from '../kernfs/directory.ts'
import { type OpenFile, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../kernfs/file.ts'
import { Errno } from '../lib/errno.ts'
import { DeviceNode } from './devtmpfs.ts'

/** Records that the log keeps. */
const LENGTH = 256
/** The longest line that may be written (kernel/printk/printk.c). */
const PRINTKRB_RECORD_MAX = 1024
/** LOG_KERN | KERN_INFO, and LOG_USER | KERN_WARNING for what is written without a level. */
const KERN_INFO = 6
const USER_DEFAULT = 12

interface LogRecord {
  readonly priority: number
  readonly sequence: number
  readonly microseconds: number
  readonly text: string
}

/** The kernel's log: the newest records (kernel/printk/printk.c). */
export class KernelLog {
  readonly #records: LogRecord[] = []
  readonly #uptime: () => number
  #sequence = 0

  /** @param uptime milliseconds since boot */
  constructor(uptime: () => number) {
    this.#uptime = uptime
  }

  get texts(): readonly string[] {
    return this.#records.map(({ text }) => text)
  }

  append(text: string, priority = KERN_INFO): void {
    this.#records.push({
      priority,
      sequence: this.#sequence++,
      microseconds: Math.round(this.#uptime() * 1000),
      text,
    })
    if (this.#records.length > LENGTH) this.#records.shift()
  }

  /** The first record with that number or a later one. */
  from(sequence: number): LogRecord | undefined {
    return this.#records.find(record => record.sequence >= sequence)
  }
}

/**
 * /dev/kmsg (Documentation/ABI/testing/dev-kmsg): each read gives one record, `6,SEQUENCE,MICROSECONDS,-;TEXT`; EINVAL where the
 * buffer is too small for it. At the end it says so, instead of waiting: whoever reads it wants to know what there is.
 */
export class KmsgNode extends DeviceNode {
  readonly #log: KernelLog

  constructor(name: string, ino: number, parent: Directory, log: KernelLog) {
    super(name, ino, parent, 0o644)
    this.#log = log
  }

  open(): OpenFile {
    const log = this.#log
    let next = 0
    return {
      node: this,
      direct: true,
      read(offset, length) {
        if (offset === 0) next = 0
        const record = log.from(next)
        if (!record) return new Uint8Array()
        const { priority, sequence, microseconds, text } = record
        const line = Buffer.from(`${priority},${sequence},${microseconds},-;${escaped(text)}\n`, 'latin1')
        if (line.length > length) throw new Errno('EINVAL')
        next = sequence + 1
        return line
      },
      write(data) {
        if (data.length > PRINTKRB_RECORD_MAX) throw new Errno('EINVAL')
        const [, level, text] = /^(?:<(\d{1,4})>)?([\s\S]*?)\n?$/.exec(data.toString('latin1'))!
        log.append(text!, level === undefined ? USER_DEFAULT : Number(level) | (USER_DEFAULT & ~7))
        return data.length
      },
      poll: () => (log.from(next) ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM,
      release() {
        // nothing is held
      },
    }
  }
}

/** What is not printable, and the backslash, is `\x1b`. */
function escaped(text: string): string {
  return text.replace(/[^ -[\]-~]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
