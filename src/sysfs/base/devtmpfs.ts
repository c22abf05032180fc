import { Directory } from '../kernfs/directory.ts'
import { FileNode } from '../kernfs/file.ts'
import type { Superblock } from '../kernfs/superblock.ts'

/** A file that a driver has in /dev. */
export interface Devnode {
  /** DEVNAME: the path below /dev. */
  readonly path: string
  readonly mode: number
  /** Whether events carry DEVMODE: drivers that name a mode of their own. */
  readonly tellMode?: boolean
  /** Makes the file, in the directory that devtmpfs made for it. */
  make(name: string, ino: number, parent: Directory): DeviceNode
}

/**
 * A file in /dev. It is a regular file, not a character device: opening a device number would reach the real kernel's
 * driver, not the one that is modelled here.
 */
export abstract class DeviceNode extends FileNode {
  readonly size = 0
  protected readonly declaredMode: number

  constructor(name: string, ino: number, parent: Directory, mode: number) {
    super(name, ino, parent)
    this.declaredMode = mode
  }

  get superblock(): Superblock {
    return this.parent!.superblock
  }
}

/** A directory of a tmpfs: its size is 40 bytes and 20 for each name (mm/shmem.c BOGO_DIRENT_SIZE). */
class TmpfsDirectory extends Directory {
  override get size(): number {
    return 40 + 20 * this.list().length
  }
}

/** /dev, filled by the kernel as devices come and go (drivers/base/devtmpfs.c). */
export class Devtmpfs extends TmpfsDirectory {
  constructor(parent: Directory, superblock: Superblock) {
    super('dev', parent, superblock)
  }

  /** Makes the file and the directories that lead to it. */
  createNode(devnode: Devnode): void {
    const { directories, name } = split(devnode)
    let directory: Directory = this
    for (const step of directories) {
      const next = directory.lookup(step)
      directory =
        next instanceof Directory ? next : directory.add(new TmpfsDirectory(step, directory, this.superblock))
    }
    directory.add(devnode.make(name, this.superblock.inodes(), directory))
    this.superblock.changed(directory)
  }

  /** Takes the file away, and directories that are empty then. */
  deleteNode(devnode: Devnode): void {
    const { directories, name } = split(devnode)
    const path: Directory[] = [this]
    for (const step of directories) path.push(path.at(-1)!.lookup(step) as Directory)
    path.at(-1)!.remove(name)
    this.superblock.changed(path.at(-1)!)
    for (let depth = directories.length; depth > 0 && path[depth]!.empty; depth--) {
      path[depth - 1]!.remove(directories[depth - 1]!)
    }
  }
}

function split({ path }: Devnode): { directories: string[]; name: string } {
  const directories = path.split('/')
  const name = directories.pop()!
  return { directories, name }
}
