import { type Completion, start } from '../lib/completion.ts'
import { Errno } from '../lib/errno.ts'
import type { Directory } from './directory.ts'
import { DT_REG, Node, PAGE_SIZE } from './node.ts'
import type { Superblock } from './superblock.ts'
import type { BinAttribute, Caller, TextAttribute } from './table.ts'

export const O_ACCMODE = 0o3
export const O_RDONLY = 0o0
export const O_WRONLY = 0o1
export const O_RDWR = 0o2
/** The value on every architecture that Node runs on but arm and arm64 (0o200000), where fs.constants differs too. */
export const O_DIRECT = process.arch === 'arm' || process.arch === 'arm64' ? 0o200000 : 0o40000

export const POLLIN = 0x001
export const POLLPRI = 0x002
export const POLLOUT = 0x004
export const POLLERR = 0x008
export const POLLRDNORM = 0x040
export const POLLWRNORM = 0x100
/** DEFAULT_POLLMASK (include/linux/poll.h): what a file without a poll routine answers. */
export const POLL_DEFAULT = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM

/** One open file, as a front end drives it. Methods throw an Errno for the client. */
export interface OpenFile {
  readonly node: Node
  /** True where content must not go through a page cache; false for files that the kernel lets be mapped. */
  readonly direct: boolean
  /** The bytes may be a view into a buffer: use them before the next call. */
  read(offset: number, length: number): Uint8Array
  /** @returns the count taken, or a completion of it where the writer has to wait */
  write(data: Buffer, offset: number): number | Completion<number>
  /** POLL* bits that hold now. */
  poll(): number
  /** ENOTTY unless the file is a device. */
  ioctl?(command: number, argument: bigint, caller: Caller): number
  release(): void
}

/** A regular file of the tree. */
export abstract class FileNode extends Node {
  readonly type = DT_REG
  readonly nlink = 1
  /** Grows with every `sysfs_notify()`. */
  events = 0

  /** @param flags open(2) flags; the access mode was already checked against uid and mode by the front end */
  abstract open(flags: number, opener: Caller): OpenFile
}

/** A text or binary attribute of an object: `struct kernfs_node` of a file (fs/kernfs/file.c, fs/sysfs/file.c). */
export class AttributeFile extends FileNode {
  readonly attribute: TextAttribute<unknown> | BinAttribute<unknown>
  readonly object: unknown

  constructor(
    ino: number,
    parent: Directory,
    attribute: TextAttribute<unknown> | BinAttribute<unknown>,
    object: unknown,
  ) {
    super(attribute.name, ino, parent)
    this.attribute = attribute
    this.object = object
  }

  get superblock(): Superblock {
    return this.parent!.superblock
  }

  protected get declaredMode(): number {
    return this.attribute.mode
  }

  get size(): number {
    return this.attribute.kind === 'text' ? PAGE_SIZE : this.attribute.size(this.object)
  }

  /**
   * `kernfs_fop_open()`: ENODEV when the object is gone; EACCES, for root too, when no mode bit or no routine allows
   * the access; EINVAL for O_DIRECT.
   */
  open(flags: number, opener: Caller): OpenFile {
    if (!this.active) throw new Errno('ENODEV')
    const access = flags & O_ACCMODE
    const mode = this.permissions
    const { attribute } = this
    if (access !== O_RDONLY && (!(mode & 0o222) || !canWrite(attribute))) throw new Errno('EACCES')
    if (access !== O_WRONLY && (!(mode & 0o444) || !canRead(attribute))) throw new Errno('EACCES')
    if (flags & O_DIRECT) throw new Errno('EINVAL')
    return attribute.kind === 'text'
      ? new OpenText(this, attribute, opener)
      : new OpenBin(this, attribute, opener)
  }
}

/**
 * Text attributes get the ops of their kobject type, which has both show and store whatever the one attribute has:
 * so only the mode decides at open, and a missing routine is EIO at read or write.
 */
function canRead(attribute: TextAttribute<unknown> | BinAttribute<unknown>): boolean {
  return attribute.kind === 'text' || attribute.read !== undefined || attribute.mmap === true
}

function canWrite(attribute: TextAttribute<unknown> | BinAttribute<unknown>): boolean {
  return attribute.kind === 'text' || attribute.write !== undefined || attribute.mmap === true
}

const NOTHING = new Uint8Array(0)

abstract class OpenAttribute {
  readonly node: AttributeFile
  readonly opener: Caller
  #seen: number | undefined

  constructor(node: AttributeFile, opener: Caller) {
    this.node = node
    this.opener = opener
  }

  /**
   * `kernfs_fop_poll()`: POLLPRI and POLLERR until the first read, again after `sysfs_notify()`, and for ever once the
   * object is gone.
   */
  poll(): number {
    if (!this.node.active || this.#seen !== this.node.events) return POLL_DEFAULT | POLLPRI | POLLERR
    return POLL_DEFAULT
  }

  release(): void {}

  protected assertActive(): void {
    if (!this.node.active) throw new Errno('ENODEV')
  }

  protected sawEvents(): void {
    this.#seen = this.node.events
  }
}

/**
 * An open text attribute: show runs when reading starts at 0 or at an offset where the last read did not end, and what
 * it gave is buffered for this open file (fs/seq_file.c `seq_read_iter()` over `kernfs_seq_*`).
 */
class OpenText extends OpenAttribute implements OpenFile {
  readonly direct = true
  readonly #attribute: TextAttribute<unknown>
  #text: Buffer | undefined
  #from = 0
  /** Where the last read ended. */
  #position = 0
  /** Whether the one record was shown since reading last started at 0. */
  #shown = false

  constructor(node: AttributeFile, attribute: TextAttribute<unknown>, opener: Caller) {
    super(node, opener)
    this.#attribute = attribute
  }

  read(offset: number, length: number): Uint8Array {
    if (length === 0) return NOTHING
    if (offset === 0) this.#rewind()
    if (offset !== this.#position) this.#traverse(offset)
    if (!this.#text) this.#show()
    const text = this.#text
    if (!text) return NOTHING
    const end = Math.min(text.length, this.#from + length)
    const piece = text.subarray(this.#from, end)
    this.#position += piece.length
    if (end === text.length) this.#text = undefined
    else this.#from = end
    return piece
  }

  write(data: Buffer): number | Completion<number> {
    const { store } = this.#attribute
    const count = Math.min(data.length, PAGE_SIZE)
    this.assertActive()
    if (count === 0) return 0
    if (!store) throw new Errno('EIO')
    const buf = data.toString('latin1', 0, count)
    const result = store.call(this.#attribute, this.node.object, buf, this.opener)
    if (result === undefined) return count
    if (typeof result === 'number') return result
    return start(counted(result, count))
  }

  #rewind(): void {
    this.#text = undefined
    this.#shown = false
    this.#position = 0
  }

  /** Starts anew and skips to the offset. */
  #traverse(offset: number): void {
    this.#rewind()
    this.#show()
    const text = this.#text as Buffer | undefined
    if (text && offset < text.length) this.#from = offset
    else this.#text = undefined
    this.#position = offset
  }

  #show(): void {
    this.assertActive()
    if (this.#shown) return
    const { show } = this.#attribute
    this.sawEvents()
    if (!show) throw new Errno('EIO')
    const text = show.call(this.#attribute, this.node.object)
    this.#shown = true
    if (text.length === 0) return
    this.#text = Buffer.from(text.length < PAGE_SIZE ? text : text.slice(0, PAGE_SIZE - 1), 'latin1')
    this.#from = 0
  }
}

// biome-ignore lint/suspicious/noConfusingVoidType: as in StoreResult
function* counted(task: Generator<Completion, void | number, void>, count: number) {
  return (yield* task) ?? count
}

/** An open binary attribute: offsets are real, a page at a time (`kernfs_file_read_iter()`, `sysfs_kf_bin_*`). */
class OpenBin extends OpenAttribute implements OpenFile {
  readonly #attribute: BinAttribute<unknown>

  constructor(node: AttributeFile, attribute: BinAttribute<unknown>, opener: Caller) {
    super(node, opener)
    this.#attribute = attribute
  }

  get direct(): boolean {
    return this.#attribute.mmap !== true
  }

  read(offset: number, length: number): Uint8Array {
    this.assertActive()
    this.sawEvents()
    const size = this.#attribute.size(this.node.object)
    let count = Math.min(length, PAGE_SIZE)
    if (size > 0) {
      if (offset >= size) return NOTHING
      count = Math.min(count, size - offset)
    }
    if (!this.#attribute.read) throw new Errno('EIO')
    return count === 0 ? NOTHING : this.#attribute.read(this.node.object, offset, count, this.opener)
  }

  write(data: Buffer, offset: number): number {
    this.assertActive()
    const size = this.#attribute.size(this.node.object)
    let count = Math.min(data.length, PAGE_SIZE)
    if (size > 0) {
      if (offset >= size) throw new Errno('EFBIG')
      count = Math.min(count, size - offset)
    }
    if (count === 0) return 0
    if (!this.#attribute.write) throw new Errno('EIO')
    return this.#attribute.write(this.node.object, data.subarray(0, count), offset, this.opener)
  }

  /** Binary attributes have no poll routine of their own worth the name: always ready. */
  override poll(): number {
    return this.node.active ? POLL_DEFAULT : super.poll()
  }
}
