import { Errno } from '../lib/errno.ts'
import { AttributeFile } from './file.ts'
import { type DirentType, DT_DIR, DT_LNK, DT_REG, Node } from './node.ts'
import type { Superblock } from './superblock.ts'
import { Symlink } from './symlink.ts'
import { type Entry, type EntryTable, isPresent } from './table.ts'

/** One name as getdents64 tells it. */
export interface Dirent {
  readonly name: string
  readonly hash: number
  readonly ino: number
  readonly type: DirentType
}

/**
 * A set of names too large to be built (all subchannels of a channel subsystem): the directory asks it, and what it
 * answers is made when it is asked for. It keeps the nodes that it made, or has the directory keep them
 * ({@link Directory.adopt}) and tells their names no more.
 */
export interface Population {
  /** How many of the names are directories, for st_nlink. */
  readonly directories: number
  lookup(name: string): Node | undefined
  list(): Iterable<Dirent>
}

interface Attached {
  readonly table: EntryTable<unknown>
  readonly object: unknown
  readonly ino: number
}

/**
 * A directory is a view of an object: its attribute groups are static tables, its other names are objects or links of
 * their own. `vendor` of a PCI device becomes a node when somebody looks it up, not before.
 */
export class Directory extends Node {
  readonly type = DT_DIR
  readonly superblock: Superblock
  /** Grows with every change of the names; a listing is good as long as it stands. */
  generation = 0
  #attached: Attached[] = []
  #populations: Population[] | undefined
  /** Objects and links that were put here. */
  #children: Map<string, Node> | undefined
  /** Nodes made from tables and populations because somebody looked. */
  #views: Map<string, Node> | undefined
  #subdirectories = 0
  #declaredMode: number

  constructor(
    name: string,
    parent: Directory | undefined,
    superblock: Superblock,
    mode = 0o755,
    ino?: number,
  ) {
    super(name, ino ?? superblock.inodes(), parent)
    this.superblock = superblock
    this.#declaredMode = mode
  }

  protected get declaredMode(): number {
    return this.#declaredMode
  }

  get size(): number {
    return 0
  }

  /** 2 and the number of subdirectories. */
  get nlink(): number {
    if (!this.active) return 2
    let count = 2 + this.#subdirectories
    for (const { table, object } of this.#attached) {
      for (const entry of table.entries) if (entry.kind === 'group' && isPresent(entry, object)) count++
    }
    if (this.#populations) for (const population of this.#populations) count += population.directories
    return count
  }

  /** The node of that name, or undefined where the kernel says ENOENT. */
  lookup(name: string): Node | undefined {
    const child = this.#children?.get(name) ?? this.#views?.get(name)
    if (child || !this.active) return child
    for (const attached of this.#attached) {
      const index = attached.table.indexOf(name)
      if (index < 0) continue
      const entry = attached.table.entries[index]!
      if (isPresent(entry, attached.object)) return this.#view(this.#instantiate(attached, entry, index))
    }
    if (this.#populations) {
      for (const population of this.#populations) {
        const node = population.lookup(name)
        if (node) return this.child(name) ?? this.#view(node)
      }
    }
    return undefined
  }

  /** All names in the order of the kernel: by hash, then by bytes. */
  list(): Dirent[] {
    const names: Dirent[] = []
    if (!this.active) return names
    for (const { table, object, ino } of this.#attached) {
      for (const [i, entry] of table.entries.entries()) {
        if (!isPresent(entry, object)) continue
        names.push({
          name: entry.name,
          hash: table.hashes[i]!,
          ino: ino + table.inode(i),
          type: direntType(entry),
        })
      }
    }
    if (this.#children) names.push(...this.#children.values())
    if (this.#populations)
      for (const population of this.#populations) for (const d of population.list()) names.push(d)
    return names.sort((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : 1))
  }

  /** Whether there is no name in it. */
  get empty(): boolean {
    return this.list().length === 0
  }

  /** Nodes that exist because they were put here or looked at. */
  *known(): Iterable<Node> {
    if (this.#children) yield* this.#children.values()
    if (this.#views) yield* this.#views.values()
  }

  /** Adds attribute groups, as `sysfs_create_groups()` does. */
  attach<T>(table: EntryTable<T>, object: T): void {
    this.#attached.push({
      table: table as EntryTable<unknown>,
      object,
      ino: this.superblock.inodes(table.span),
    })
    this.#namesChanged(table.entries.some(entry => entry.kind === 'group'))
  }

  /** Takes attribute groups away again, as `sysfs_remove_groups()` does. */
  detach<T>(table: EntryTable<T>): void {
    const at = this.#attached.findIndex(attached => attached.table === table)
    if (at < 0) return
    this.#attached.splice(at, 1)
    this.revalidate()
  }

  populate(population: Population): void {
    this.#populations ??= []
    this.#populations.push(population)
    this.#namesChanged(population.directories > 0)
  }

  /** Puts an object or link here. EEXIST where the name is taken. */
  add<N extends Node>(node: N): N {
    if (this.lookup(node.name)) throw new Errno('EEXIST', `${this.path}/${node.name} exists`)
    node.parent = this
    this.#children ??= new Map()
    this.#children.set(node.name, node)
    if (node.type === DT_DIR) this.#subdirectories++
    this.#namesChanged(node.type === DT_DIR)
    return node
  }

  /** The object or link of that name that was put here. */
  child(name: string): Node | undefined {
    return this.#children?.get(name)
  }

  /** Keeps what a population made: the name was there before, so nobody is told. */
  adopt(node: Node): void {
    node.parent = this
    this.#children ??= new Map()
    this.#children.set(node.name, node)
    if (node.type === DT_DIR) this.#subdirectories++
  }

  /** Adds a plain directory. */
  mkdir(name: string, mode = 0o755): Directory {
    return this.add(new Directory(name, this, this.superblock, mode))
  }

  /** The plain directory of that name, made if it is not there. */
  ensure(name: string): Directory {
    const node = this.lookup(name)
    if (node instanceof Directory) return node
    return this.mkdir(name)
  }

  /** Adds a link to a directory. */
  symlink(name: string, target: Directory): Symlink {
    return this.add(new Symlink(name, this.superblock.inodes(), this, target))
  }

  /** Takes a name away with all that is below it; open files of it answer ENODEV from now on. */
  remove(name: string): void {
    const child = this.#children?.get(name)
    const node = child ?? this.#views?.get(name)
    if (!node) return
    if (child) {
      this.#children!.delete(name)
      if (child.type === DT_DIR) this.#subdirectories--
    } else {
      this.#views!.delete(name)
    }
    this.#drop(node)
    this.#namesChanged(node.type === DT_DIR)
  }

  /** Puts an object that is here into another directory, with all that is below it (`kernfs_rename()`). */
  moveTo(child: Node, directory: Directory): void {
    directory.add(child)
    this.#children!.delete(child.name)
    if (child.type === DT_DIR) this.#subdirectories--
    this.superblock.vanished(this, child.name, child)
    this.#namesChanged(child.type === DT_DIR)
  }

  /**
   * What a table or population shows follows from the object. Whoever changes the object calls this, so that the nodes
   * made from names that are gone, or from links that lead elsewhere now, go too.
   */
  revalidate(): void {
    if (this.#views) {
      for (const [name, node] of this.#views) {
        if (this.#stands(name, node)) continue
        this.#views.delete(name)
        this.#drop(node)
      }
    }
    this.#namesChanged(true)
  }

  /** Tells the pollers of an attribute, as `sysfs_notify()` does. */
  notify(name: string): void {
    const node = this.#views?.get(name)
    if (node instanceof AttributeFile) {
      node.events++
      this.superblock.notified(node)
    }
  }

  /** Forgets a node made by a look-up that no client holds any more; it is made anew when asked for. */
  evict(node: Node): void {
    if (node instanceof AttributeFile && node.pristine && this.#views?.get(node.name) === node) {
      this.#views.delete(node.name)
    }
  }

  #stands(name: string, node: Node): boolean {
    for (const { table, object } of this.#attached) {
      const index = table.indexOf(name)
      if (index < 0) continue
      const entry = table.entries[index]!
      if (entry.kind === 'link') return node instanceof Symlink && entry.target(object) === node.target
      return isPresent(entry, object)
    }
    return this.#populations?.some(population => population.lookup(name) === node) ?? false
  }

  #view(node: Node): Node {
    this.#views ??= new Map()
    this.#views.set(node.name, node)
    return node
  }

  #instantiate({ table, object, ino }: Attached, entry: Entry<unknown>, index: number): Node {
    const number = ino + table.inode(index)
    switch (entry.kind) {
      case 'text':
      case 'bin':
        return new AttributeFile(number, this, entry, object)
      case 'link':
        return new Symlink(entry.name, number, this, entry.target(object)!)
      case 'group': {
        const directory = new Directory(entry.name, this, this.superblock, 0o755, number)
        directory.#attached.push({ table: entry.table, object, ino: number + 1 })
        return directory
      }
    }
  }

  /** Deactivates what is below first, as `__kernfs_remove()` does. */
  #drop(node: Node): void {
    if (node instanceof Directory) {
      const below = [...node.known()]
      node.#children = undefined
      node.#views = undefined
      node.#subdirectories = 0
      node.#populations = undefined
      node.generation++
      for (const child of below) node.#drop(child)
    }
    node.active = false
    this.superblock.vanished(this, node.name, node)
  }

  #namesChanged(linkCount: boolean): void {
    this.generation++
    if (linkCount) this.superblock.changed(this)
  }
}

function direntType(entry: Entry<unknown>): DirentType {
  if (entry.kind === 'group') return DT_DIR
  return entry.kind === 'link' ? DT_LNK : DT_REG
}
