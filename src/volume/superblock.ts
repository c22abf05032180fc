import { posix } from 'node:path'
import {
  createError,
  createStatError,
  Err,
  type File,
  type Link,
  Ok,
  type Result,
  type StatError,
  Superblock,
  type TFileId,
} from '@jsonjoy.com/fs-core'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { FileNode } from '../sysfs/kernfs/file.ts'
import { type Refused, refusal } from '../sysfs/kernfs/refuse.ts'
import { Completion, start, type Task } from '../sysfs/lib/completion.ts'
import { asSyscall, VolumeError } from './error.ts'
import { type Inode, ROOT } from './inode.ts'
import { TreeLink } from './link.ts'
import { VolumeFile } from './open-file.ts'

/** The kernel's limit (include/linux/namei.h MAXSYMLINKS). */
const MAX_SYMLINKS = 40

const O_DIRECTORY = 0o200000

const PROCESS = {
  cwd: () => '/',
  getuid: () => ROOT.uid,
  getgid: () => ROOT.gid,
  platform: 'linux',
  emitWarning: (message: string, type: string) => process.emitWarning(message, type),
  env: {},
}

/** The superblock of memfs over a tree: names, nodes and open files are the tree's. */
export class TreeSuperblock extends Superblock {
  constructor(root: Directory) {
    super({ process: PROCESS })
    this.root = new TreeLink(this, undefined, root)
  }

  /** Follows a path as the kernel does: `..` is the parent of the directory that a link led to. */
  override walk(
    what: string[] | string | Link,
    resolveSymlinks = false,
    checkExistence = false,
    _checkAccess = false,
    funcName?: string,
    budget: { hops: number } = { hops: 0 },
  ): Result<Link | null, StatError> {
    const filename =
      typeof what === 'string' ? what : `/${(Array.isArray(what) ? what : what.steps.slice(1)).join('/')}`
    const refuse = (code: string): Result<Link | null, StatError> =>
      Err(createStatError(code, funcName, filename))
    const todo = stepsOf(filename)
    // whatever has a slash behind it has to be a directory
    const directory = /\/\.?$/.test(filename)
    let link: Link = this.root
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (!link.getNode().isDirectory()) return refuse('ENOTDIR')
      if (name === '..') {
        link = link.parent ?? link
        continue
      }
      const next = link.getChild(name)
      if (!next) return checkExistence ? refuse('ENOENT') : Ok(null)
      const node = next.getNode()
      if (node.isSymlink() && (todo.length > 0 || resolveSymlinks || directory)) {
        if (++budget.hops > MAX_SYMLINKS) return refuse('ELOOP')
        if (node.symlink.startsWith('/')) link = this.root
        todo.push(...stepsOf(node.symlink))
      } else {
        link = next
      }
    }
    if (directory && !link.getNode().isDirectory()) return refuse('ENOTDIR')
    return Ok(link)
  }

  override openLink(link: Link, flags: number, resolveSymlinks?: boolean, filename = link.getPath()): File {
    const inode = link.getNode() as Inode
    const { tree } = inode
    if (!(tree instanceof FileNode)) return super.openLink(link, flags, resolveSymlinks, filename)
    if (this.openFiles >= this.maxFiles) throw createError('EMFILE', 'open', filename)
    if (flags & O_DIRECTORY) throw createError('ENOTDIR', 'open', filename)
    const open = asSyscall('open', filename, () => tree.open(flags, ROOT))
    const file = new VolumeFile(link, inode, flags, this.releasedFds.pop() ?? Superblock.fd--, open)
    this.fds[file.fd] = file
    this.openFiles++
    return file
  }

  protected override closeFile(file: File): void {
    super.closeFile(file)
    if (file instanceof VolumeFile) file.release()
  }

  /** One write(2), which may have to wait. */
  startWrite(
    fd: number,
    buf: Buffer,
    offset: number,
    length: number,
    position: number | null,
  ): number | Completion<number> {
    const file = this.getFileByFdOrThrow(fd, 'write')
    if (!(file instanceof VolumeFile)) throw createError('EBADF', 'write')
    return file.start(buf, offset, length, position ?? undefined)
  }

  /** {@link writeFile}, which may have to wait. */
  startWriteFile(id: TFileId, buf: Buffer, flags: number, mode: number): undefined | Completion<undefined> {
    const answer = start(this.#writeFile(id, buf, flags, mode))
    return answer instanceof Completion ? answer : undefined
  }

  *#writeFile(id: TFileId, buf: Buffer, flags: number, mode: number): Task<undefined> {
    const fd = typeof id === 'number' ? id : this.open(String(id), flags, mode)
    try {
      for (let offset = 0; offset < buf.length; ) {
        const count = this.startWrite(fd, buf, offset, buf.length - offset, null)
        if (typeof count === 'number') offset += count
        else offset += yield* settled(count)
      }
    } finally {
      if (typeof id !== 'number') this.close(fd)
    }
    return undefined
  }

  /** Called to make a name, which sysfs does not allow. */
  override createLink(parent?: Link, name?: string): Link {
    if (!parent) return super.createLink()
    return this.#refuse('create', 'open', `${parent.getPath()}/${name}`)
  }

  override readonly mkdir = (filename: string): void => {
    this.#absent(filename, 'mkdir')
    this.#refuse('mkdir', 'mkdir', filename)
  }

  override readonly mkdirp = (filename: string): string | undefined => {
    const found = this.walk(filename, true, true, true, 'mkdir')
    if (found.ok && found.value!.getNode().isDirectory()) return undefined
    if (found.ok) throw createError('EEXIST', 'mkdir', filename)
    if (found.err.code !== 'ENOENT') throw found.err.toError()
    this.#refuse('mkdir', 'mkdir', filename)
  }

  override readonly rmdir = (filename: string): void => {
    this.getLinkAsDirOrThrow(filename, 'rmdir')
    this.#refuse('rmdir', 'rmdir', filename)
  }

  override readonly unlink = (filename: string): void => {
    const link = this.getLinkOrThrow(filename, 'unlink')
    if (link.getNode().isDirectory()) throw createError('EISDIR', 'unlink', filename)
    this.#refuse('unlink', 'unlink', filename)
  }

  override readonly rm = (filename: string, force = false, recursive = false): void => {
    const found = this.walk(filename, false, true, true, 'lstat')
    if (!found.ok) {
      if (force && found.err.code === 'ENOENT') return
      throw found.err.toError()
    }
    const directory = found.value!.getNode().isDirectory()
    if (directory && !recursive) throw createError('EISDIR', 'rm', filename)
    this.#refuse(directory ? 'rmdir' : 'unlink', 'rm', filename)
  }

  override readonly rename = (from: string, to: string): void => {
    const source = this.getLinkOrThrow(from, 'rename')
    this.#directoryOf(to, 'rename')
    const target = this.walk(to, false, false, true, 'rename')
    if (target.ok && target.value) {
      if (target.value === source) return
      const directory = target.value.getNode().isDirectory()
      if (source.getNode().isDirectory() !== directory)
        throw createError(directory ? 'EISDIR' : 'ENOTDIR', 'rename', from, to)
    }
    this.#refuse('rename', 'rename', from)
  }

  override readonly symlink = (_target: string, filename: string): Link => {
    this.#absent(filename, 'symlink')
    return this.#refuse('symlink', 'symlink', filename)
  }

  override readonly link = (existing: string, filename: string): void => {
    this.getLinkOrThrow(existing, 'link')
    this.#absent(filename, 'link')
    this.#refuse('link', 'link', filename)
  }

  /** Throws unless the name is free and its directory is there. */
  #absent(filename: string, syscall: string): void {
    const found = this.walk(filename, false, true, true, syscall)
    if (found.ok) throw createError('EEXIST', syscall, filename)
    if (found.err.code !== 'ENOENT') throw found.err.toError()
    this.#directoryOf(filename, syscall)
  }

  #directoryOf(filename: string, syscall: string): void {
    const found = this.walk(`${posix.dirname(filename)}/`, true, true, true, syscall)
    if (!found.ok) throw found.err.toError()
  }

  #refuse(operation: Refused, syscall: string, filename: string): never {
    throw new VolumeError(refusal(operation), syscall, filename)
  }
}

/** The names of a path, the last one first. */
function stepsOf(path: string): string[] {
  return path
    .split('/')
    .filter(name => name !== '' && name !== '.')
    .reverse()
}

function* settled(count: Completion<number>): Task<number> {
  let taken = 0
  const done = new Completion()
  count.wait(
    value => {
      taken = value
      done.complete()
    },
    error => done.fail(error),
  )
  yield done
  return taken
}
