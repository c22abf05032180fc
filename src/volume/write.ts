import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Directory } from '../sysfs/kernfs/directory.ts'
import { type FileNode, O_RDONLY } from '../sysfs/kernfs/file.ts'
import { Symlink } from '../sysfs/kernfs/symlink.ts'
import type { Caller } from '../sysfs/kernfs/table.ts'
import { fromBytes } from '../sysfs/lib/byte-string.ts'
import { Errno } from '../sysfs/lib/errno.ts'

/** Why a tree could not be written: one sentence for a person. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
}

/** What was written. */
export interface Written {
  readonly directories: number
  readonly files: number
  readonly links: number
  /** Files that can not be read, and are empty in the copy. */
  readonly empty: number
  /** Files that are longer than the copy has them. */
  readonly cut: number
}

/** What one file of the copy has at most: some attributes have no end. */
const LIMIT = 1024 * 1024

const READER: Caller = { uid: 0, gid: 0, pid: process.pid }

const README = `A copy of the /sys and /dev of a machine that is not there, made by mdevfs write.

It is complete, and dead: what is written to a file stays in that file, creates no device and changes no counter.
What can only be written is empty. For a machine that lives: mdevfs mount, or mdevfs run.
`

/**
 * Writes a tree as plain files, directories and links, for programs that can be told where to find a root. Content and
 * modes are those of now; directories are writable by their owner, so that the copy can be removed.
 *
 * @param target made if it is not there; otherwise it has to be empty
 */
export function writeTree(root: Directory, target: string): Written {
  prepare(target)
  writeFileSync(join(target, 'README'), README)
  const written = { directories: 0, files: 0, links: 0, empty: 0, cut: 0 }
  const copy = (directory: Directory, to: string): void => {
    for (const { name } of directory.list()) {
      const node = directory.lookup(name)
      const path = join(to, fromBytes(name))
      if (node instanceof Directory) {
        mkdirSync(path)
        written.directories++
        copy(node, path)
        chmodSync(path, node.permissions | 0o700)
      } else if (node instanceof Symlink) {
        symlinkSync(fromBytes(node.text), path)
        written.links++
      } else if (node) {
        const content = contentOf(node as FileNode)
        writeFileSync(path, content?.subarray(0, LIMIT) ?? '')
        chmodSync(path, node.permissions)
        written.files++
        if (content === undefined) written.empty++
        else if (content.length > LIMIT) written.cut++
      }
    }
  }
  copy(root, target)
  return written
}

function prepare(target: string): void {
  let names: string[]
  try {
    mkdirSync(target, { recursive: true })
    names = readdirSync(target)
  } catch (error) {
    throw new WriteError(`${target} can not be written to: ${(error as Error).message}.`)
  }
  if (names.length > 0) {
    throw new WriteError(`${target} is not empty: name a directory that is, or one that is not there yet.`)
  }
}

/** All that can be read, up to a little more than the limit; undefined where nothing can be. */
function contentOf(node: FileNode): Buffer | undefined {
  try {
    const file = node.open(O_RDONLY, READER)
    try {
      const pieces: Buffer[] = []
      let length = 0
      while (length <= LIMIT) {
        const piece = file.read(length, LIMIT)
        if (piece.length === 0) break
        pieces.push(Buffer.from(piece))
        length += piece.length
      }
      return Buffer.concat(pieces, length)
    } finally {
      file.release()
    }
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}
