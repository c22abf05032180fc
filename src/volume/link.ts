import { Link, Node as MemNode, type Superblock } from '@jsonjoy.com/fs-core'
import { Directory, type Dirent } from '../sysfs/kernfs/directory.ts'
import { DT_DIR, DT_LNK, type Node, S_IFDIR, S_IFLNK, S_IFREG } from '../sysfs/kernfs/node.ts'
import { fromBytes, toBytes } from '../sysfs/lib/byte-string.ts'
import { Inode } from './inode.ts'

/** A name in the volume. There is one for each node that somebody looked at, and it lives as long as the node. */
export class TreeLink extends Link {
  declare node: Inode
  readonly #links: WeakMap<Node, TreeLink>

  constructor(
    volume: Superblock,
    parent: TreeLink | undefined,
    tree: Node,
    links: WeakMap<Node, TreeLink> = new WeakMap(),
  ) {
    super(volume, parent, fromBytes(tree.name))
    this.#links = links
    this.children = new Children(this)
    this.setNode(new Inode(tree))
  }

  get tree(): Node {
    return this.node.tree
  }

  override getChild(name: string): TreeLink | undefined {
    if (!(this.tree instanceof Directory)) return undefined
    const node = this.tree.lookup(toBytes(name))
    if (!node) return undefined
    let link = this.#links.get(node)
    if (!link) {
      link = new TreeLink(this.vol, this, node, this.#links)
      this.#links.set(node, link)
    }
    return link
  }
}

/** The children of a link, as memfs iterates over them: those of the directory, in the kernel's order. */
class Children extends Map<string, Link> {
  readonly #of: TreeLink

  constructor(of: TreeLink) {
    super()
    this.#of = of
  }

  override get size(): number {
    const { tree } = this.#of
    return tree instanceof Directory ? tree.list().length : 0
  }

  override get(name: string): Link | undefined {
    return this.#of.getChild(name)
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined
  }

  override *entries(): MapIterator<[string, Link]> {
    const { tree } = this.#of
    if (!(tree instanceof Directory)) return
    for (const dirent of tree.list()) {
      const name = fromBytes(dirent.name)
      // gone since it was listed
      const link = this.get(name)
      if (link) yield [name, link]
    }
  }

  override [Symbol.iterator](): MapIterator<[string, Link]> {
    return this.entries()
  }

  override *keys(): MapIterator<string> {
    for (const [name] of this.entries()) yield name
  }

  override *values(): MapIterator<Link> {
    for (const [, link] of this.entries()) yield link
  }
}

const TYPES = {
  directory: new MemNode(0, S_IFDIR),
  link: new MemNode(0, S_IFLNK),
  file: new MemNode(0, S_IFREG),
}

/** Stands for one name of a listing after the other, so that memfs can make its Dirent although nothing was looked up. */
export class ListedLink extends Link {
  #dirent: Dirent | undefined

  show(dirent: Dirent): this {
    this.#dirent = dirent
    return this
  }

  override getName(): string {
    return fromBytes(this.#dirent!.name)
  }

  override getNode(): MemNode {
    const { type } = this.#dirent!
    return type === DT_DIR ? TYPES.directory : type === DT_LNK ? TYPES.link : TYPES.file
  }
}
