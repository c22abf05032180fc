import { Directory } from '../../src/sysfs/kernfs/directory.ts'
import { FileNode, O_RDONLY, O_WRONLY, type OpenFile } from '../../src/sysfs/kernfs/file.ts'
import type { Node } from '../../src/sysfs/kernfs/node.ts'
import { Symlink } from '../../src/sysfs/kernfs/symlink.ts'
import type { Caller } from '../../src/sysfs/kernfs/table.ts'
import type { Completion } from '../../src/sysfs/lib/completion.ts'
import { Errno } from '../../src/sysfs/lib/errno.ts'

export const ROOT: Caller = { uid: 0, gid: 0, pid: 1 }

/** A tree without any front end, as a shell would use it: paths follow links. */
export class Shell {
  readonly #root: Directory

  constructor(root: Directory) {
    this.#root = root
  }

  /** The node at a path, its last component not followed; ENOENT. */
  lstat(path: string): Node {
    let node: Node = this.#root
    for (const name of path.split('/').filter(part => part !== '')) {
      const directory = node instanceof Symlink ? node.target : node
      const next: Node | undefined =
        name === '..' ? directory.parent : directory instanceof Directory ? directory.lookup(name) : undefined
      if (!next) throw new Errno('ENOENT', `${path}: no ${name} in ${directory.path}`)
      node = next
    }
    return node
  }

  stat(path: string): Node {
    const node = this.lstat(path)
    return node instanceof Symlink ? node.target : node
  }

  exists(path: string): boolean {
    try {
      this.lstat(path)
      return true
    } catch {
      return false
    }
  }

  open(path: string, flags = O_RDONLY, opener = ROOT): OpenFile {
    const node = this.stat(path)
    if (!(node instanceof FileNode)) throw new Errno('EISDIR')
    return node.open(flags, opener)
  }

  cat(path: string): string {
    const file = this.open(path)
    try {
      let text = ''
      for (;;) {
        const piece = Buffer.from(file.read(text.length, 65536)).toString('latin1')
        if (piece === '') return text
        text += piece
      }
    } finally {
      file.release()
    }
  }

  /** One write: the count, or a completion where the writer has to wait. */
  put(path: string, text: string): number | Completion<number> {
    const file = this.open(path, O_WRONLY)
    try {
      return file.write(Buffer.from(text, 'latin1'), 0)
    } finally {
      file.release()
    }
  }

  /** The same, with the errno's name for an answer where it fails. */
  try(path: string, text: string): number | string {
    try {
      const answer = this.put(path, text)
      return typeof answer === 'number' ? answer : 'waits'
    } catch (error) {
      if (error instanceof Errno) return error.code
      throw error
    }
  }

  readlink(path: string): string {
    return (this.lstat(path) as Symlink).text
  }

  ls(path: string): string[] {
    return (this.stat(path) as Directory).list().map(({ name }) => name)
  }
}
