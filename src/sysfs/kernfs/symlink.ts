import type { Directory } from './directory.ts'
import { DT_LNK, Node } from './node.ts'
import type { Superblock } from './superblock.ts'

/** A link to another directory of the tree. lstat shows size 0, whatever the target's length. */
export class Symlink extends Node {
  readonly type = DT_LNK
  readonly nlink = 1
  readonly size = 0
  readonly target: Directory
  protected readonly declaredMode = 0o777

  constructor(name: string, ino: number, parent: Directory, target: Directory) {
    super(name, ino, parent)
    this.target = target
  }

  get superblock(): Superblock {
    return this.target.superblock
  }

  /** What readlink(2) gives: relative, by way of the nearest common ancestor (`kernfs_get_target_path()`). */
  get text(): string {
    const above = new Set<Directory>()
    for (let dir = this.parent; dir; dir = dir.parent) above.add(dir)
    // the target's own name is always part of it, also where the target is an ancestor of the link
    const down = [this.target.name]
    let common: Directory | undefined = this.target.parent
    while (common && !above.has(common)) {
      down.unshift(common.name)
      common = common.parent
    }
    const up: string[] = []
    for (let dir = this.parent; dir && dir !== common; dir = dir.parent) up.push('..')
    return [...up, ...down].join('/')
  }
}
