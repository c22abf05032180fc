import { posix } from 'node:path'
import { dataToBuffer } from '@jsonjoy.com/fs-core'
import {
  createError,
  Dirent,
  flagsToNumber,
  getReaddirOptions,
  getReaddirOptsAndCb,
  getWriteArgs,
  getWriteFileOptions,
  modeToNumber,
  pathToFilename,
  Volume,
  validateCallback,
  writeFileDefaults,
} from '@jsonjoy.com/fs-node'
import { createFsFromVolume, type IFs } from 'memfs'
import { Directory } from '../sysfs/kernfs/directory.ts'
import { DT_DIR } from '../sysfs/kernfs/node.ts'
import { fromBytes } from '../sysfs/lib/byte-string.ts'
import { Completion } from '../sysfs/lib/completion.ts'
import { ListedLink, type TreeLink } from './link.ts'
import { TreeSuperblock } from './superblock.ts'

type Done = (error: unknown, ...results: unknown[]) => void
type TDataOut = string | Buffer
type Listing = ReturnType<Volume['readdirSync']>

/** A tree as an object that can stand for `fs`: the same live machine, without any mount. */
export function volumeOf(root: Directory): IFs {
  return createFsFromVolume(new TreeVolume(new TreeSuperblock(root)))
}

/**
 * The volume of memfs where it has to know of the tree: directories are listed without looking at what is in them, and
 * writes may have to wait.
 */
class TreeVolume extends Volume {
  readonly #superblock: TreeSuperblock

  constructor(superblock: TreeSuperblock) {
    super(superblock)
    this.#superblock = superblock
  }

  override readdirSync = (path: Parameters<Volume['readdirSync']>[0], options?: unknown): Listing =>
    this.#list(pathToFilename(path), getReaddirOptions(options))

  override readdir = (path: Parameters<Volume['readdirSync']>[0], a: unknown, b?: unknown): void => {
    const [options, callback] = getReaddirOptsAndCb(a, b)
    const filename = pathToFilename(path)
    later(callback as Done, () => this.#list(filename, options))
  }

  override write = (fd: number, a: unknown, ...rest: unknown[]): void => {
    const [, , buf, offset, length, position, callback] = getWriteArgs(fd, a, ...rest)
    later(
      (error, count) => callback(error, error === null ? count : 0, a),
      () => this.#superblock.startWrite(fd, buf, offset, length, position),
    )
  }

  override writev = (fd: number, buffers: ArrayBufferView[], a: unknown, b?: unknown): void => {
    const callback: Done = validateCallback((typeof a === 'function' ? a : b) as Done)
    const position = typeof a === 'number' ? a : null
    later(
      (error, count) => callback(error, error === null ? count : 0, buffers),
      () => {
        const whole = gather(buffers)
        return this.#superblock.startWrite(fd, whole, 0, whole.length, position)
      },
    )
  }

  override writevSync = (fd: number, buffers: ArrayBufferView[], position?: number | null): number => {
    const whole = gather(buffers)
    return this.#superblock.write(fd, whole, 0, whole.length, position ?? null)
  }

  override writeFile = (...args: unknown[]): void => {
    const [id, data, a, b] = args as [number | string, string, unknown, unknown]
    const callback = validateCallback((typeof a === 'function' ? a : b) as Done)
    const { flag, mode, encoding } = getWriteFileOptions(typeof a === 'function' ? writeFileDefaults : a)
    const flags = flagsToNumber(flag)
    const modeNumber = modeToNumber(mode)
    const buf = dataToBuffer(data, encoding ?? undefined)
    const file = typeof id === 'number' ? id : pathToFilename(id)
    later(callback, () => this.#superblock.startWriteFile(file, buf, flags, modeNumber))
  }

  /** Sorted by name, as `fs` gives it; only directories that are descended into are looked up. */
  #list(filename: string, options: ReturnType<typeof getReaddirOptions>): Listing {
    const { tree } = this.#superblock.getResolvedLinkOrThrow(filename, 'scandir') as TreeLink
    if (!(tree instanceof Directory)) throw createError('ENOTDIR', 'scandir', filename)
    const { encoding, withFileTypes, recursive } = options
    const listed = new ListedLink(this.#superblock, undefined, '')
    const entries: Dirent[] = []
    const names: TDataOut[] = []
    const list = (directory: Directory, below: string): void => {
      const parent = below === '' ? filename : posix.join(filename, below)
      for (const dirent of directory.list().sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const entry = Dirent.build(listed.show(dirent), encoding, parent)
        const path = posix.join(below, fromBytes(dirent.name))
        if (withFileTypes) entries.push(entry)
        else names.push(recursive ? path : entry.name)
        const child = recursive && dirent.type === DT_DIR ? directory.lookup(dirent.name) : undefined
        if (child instanceof Directory) list(child, path)
      }
    }
    list(tree, '')
    return withFileTypes ? entries : names
  }
}

/** The pieces of writev(2), which the kernel hands to a store as one. */
function gather(buffers: readonly ArrayBufferView[]): Buffer {
  return Buffer.concat(
    buffers.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  )
}

/** Calls back in a turn of its own, when what was begun is done. */
function later(callback: Done, action: () => unknown): void {
  queueMicrotask(() => {
    let result: unknown
    try {
      result = action()
    } catch (error) {
      callback(error)
      return
    }
    if (result instanceof Completion) result.wait(value => callback(null, value), callback)
    else callback(null, result)
  })
}
