import type { Directory } from '../kernfs/directory.ts'
import { FileNode, type OpenFile, POLL_DEFAULT } from '../kernfs/file.ts'
import type { Superblock } from '../kernfs/superblock.ts'
import { Errno } from '../lib/errno.ts'

/** What a file in /proc does: `struct proc_ops`. Where one of the two is missing, read or write is EIO. */
export interface ProcOps {
  readonly mode: number
  /** The whole text, shown when reading starts at 0 (`seq_read()`). */
  show?(): string
  /** @param buf all that one write(2) brought */
  write?(buf: string, offset: number): void
}

/** A file in /proc (fs/proc/generic.c): its size is 0, whatever it reads. */
export class ProcFile extends FileNode {
  readonly size = 0
  protected readonly declaredMode: number
  readonly #ops: ProcOps

  constructor(name: string, ino: number, parent: Directory, ops: ProcOps) {
    super(name, ino, parent)
    this.declaredMode = ops.mode
    this.#ops = ops
  }

  get superblock(): Superblock {
    return this.parent!.superblock
  }

  open(): OpenFile {
    const ops = this.#ops
    let text: Buffer | undefined
    return {
      node: this,
      direct: true,
      read(offset, length) {
        if (!ops.show) throw new Errno('EIO')
        if (offset === 0 || !text) text = Buffer.from(ops.show(), 'latin1')
        return text.subarray(offset, offset + length)
      },
      write(data, offset) {
        if (!ops.write) throw new Errno('EIO')
        ops.write(data.toString('latin1'), offset)
        return data.length
      },
      poll: () => POLL_DEFAULT,
      release() {
        // nothing is held
      },
    }
  }
}

/** `proc_create()`. */
export function procCreate(directory: Directory, name: string, ops: ProcOps): void {
  directory.add(new ProcFile(name, directory.superblock.inodes(), directory, ops))
}
