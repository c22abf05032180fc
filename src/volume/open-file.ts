import { File, type Link } from '@jsonjoy.com/fs-core'
import { O_ACCMODE, O_RDONLY, O_WRONLY, type OpenFile } from '../sysfs/kernfs/file.ts'
import { Completion } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { asSyscall, VolumeError } from './error.ts'
import type { Inode } from './inode.ts'

/** As much as `fs` asks for at once where it does not know the size. */
const CHUNK = 65536

/** What reading from the start to the end gives, one read(2) after the other as `fs.readFile` makes them. */
export function readAll(file: OpenFile): Buffer {
  const { size } = file.node
  const pieces: Buffer[] = []
  let length = 0
  for (;;) {
    const piece = file.read(length, size > 0 ? size - length : CHUNK)
    if (piece.length === 0) break
    pieces.push(Buffer.from(piece))
    length += piece.length
    if (size > 0 && length >= size) break
  }
  return Buffer.concat(pieces, length)
}

/** A file descriptor of the volume: reads and writes are those of the tree's own open file. */
export class VolumeFile extends File {
  readonly #open: OpenFile

  constructor(link: Link, inode: Inode, flags: number, fd: number, open: OpenFile) {
    super(link, inode, flags, fd)
    this.#open = open
  }

  override getBuffer(): Buffer {
    return asSyscall('read', undefined, () => {
      if ((this.flags & O_ACCMODE) === O_WRONLY) throw new Errno('EBADF')
      return readAll(this.#open)
    })
  }

  override read(
    buf: Buffer | ArrayBufferView | DataView,
    offset = 0,
    length = buf.byteLength - offset,
    position?: number,
  ): number {
    const data = asSyscall('read', undefined, () => {
      if ((this.flags & O_ACCMODE) === O_WRONLY) throw new Errno('EBADF')
      return this.#open.read(position ?? this.position, length)
    })
    new Uint8Array(buf.buffer, buf.byteOffset, buf.byteLength).set(data, offset)
    if (position === undefined) this.position += data.length
    return data.length
  }

  /**
   * EINTR where the writer would have to wait, which a synchronous call can not: what was begun goes on, as it does for
   * a writer whom a signal interrupts.
   */
  override write(buf: Buffer, offset = 0, length = buf.length - offset, position?: number | null): number {
    const count = this.start(buf, offset, length, position ?? undefined)
    if (typeof count === 'number') return count
    throw new VolumeError(
      new Errno('EINTR', 'the write has to wait: use the form with a promise or a callback'),
      'write',
    )
  }

  /** One write(2), which may have to wait. */
  start(buf: Buffer, offset: number, length: number, position?: number): number | Completion<number> {
    const data = buf.subarray(offset, offset + length)
    const count = asSyscall('write', undefined, () => {
      if ((this.flags & O_ACCMODE) === O_RDONLY) throw new Errno('EBADF')
      return this.#open.write(data, position ?? this.position)
    })
    if (typeof count === 'number') {
      if (position === undefined) this.position += count
      return count
    }
    const settled = new Completion<number>()
    count.wait(
      taken => {
        if (position === undefined) this.position += taken
        settled.complete(taken)
      },
      error => settled.fail(error instanceof Errno ? new VolumeError(error, 'write') : error),
    )
    return settled
  }

  release(): void {
    this.#open.release()
  }
}
