import { AttributeFile } from '../sysfs/kernfs/file.ts'
import type { Node } from '../sysfs/kernfs/node.ts'
import { FUSE_ROOT_ID } from './protocol.ts'

declare const brand: unique symbol
/** What the kernel calls a node by; not its inode number. */
export type NodeId = number & { readonly [brand]: 'NodeId' }

/**
 * The nodes that the kernel knows, and how many references it has to each. An id is used again after the last reference
 * is gone, with another generation, so the table is as large as what the kernel caches.
 *
 * Notifications name nodes by their ids alone, so an id is not used again while some are on their way: one that was
 * meant for a directory which is gone would wait for the lock of a file that somebody writes to, whose answer comes
 * behind it.
 */
export class NodeTable {
  readonly #nodes: (Node | undefined)[] = [undefined]
  readonly #counts: number[] = [0]
  readonly #generations: number[] = [0]
  /** Forgotten ids in their order, and the last batch of notifications that may name each. */
  readonly #free = new Queue()
  readonly #ids = new Map<Node, NodeId>()
  /** Of nodes that are no longer in the tree, those first that were longest not spoken of. */
  readonly #gone = new Set<NodeId>()

  readonly #notifications: Notifications

  constructor(root: Node, notifications: Notifications) {
    this.#notifications = notifications
    this.#nodes[FUSE_ROOT_ID] = root
    // the root is never forgotten
    this.#counts[FUSE_ROOT_ID] = 1
    this.#generations[FUSE_ROOT_ID] = 0
    this.#ids.set(root, FUSE_ROOT_ID as NodeId)
  }

  /** How many nodes the kernel knows. */
  get size(): number {
    return this.#ids.size
  }

  get(id: number): Node | undefined {
    return this.#nodes[id]
  }

  idOf(node: Node): NodeId | undefined {
    return this.#ids.get(node)
  }

  generation(id: NodeId): number {
    return this.#generations[id]!
  }

  /** The node is no longer in the tree, and the kernel may still know it. */
  bury(id: NodeId): void {
    this.#gone.add(id)
  }

  /** Up to so many of the nodes that are gone and still known; others come first the next time. */
  takeGone(most: number): NodeId[] {
    const ids: NodeId[] = []
    for (const id of this.#gone) {
      if (ids.length === most) break
      ids.push(id)
    }
    for (const id of ids) {
      this.#gone.delete(id)
      this.#gone.add(id)
    }
    return ids
  }

  /** One reference more: the node is told to the kernel. */
  remember(node: Node): NodeId {
    let id = this.#ids.get(node)
    if (id === undefined) {
      id = this.#unusedId()
      this.#nodes[id] = node
      this.#counts[id] = 0
      this.#generations[id] = (this.#generations[id] ?? -1) + 1
      this.#ids.set(node, id)
    }
    this.#counts[id]!++
    return id
  }

  /** FORGET: so many references less. Ids and counts that make no sense are ignored. */
  forget(id: number, references: number): void {
    const node = this.#nodes[id]
    if (!node || id === FUSE_ROOT_ID) return
    const left = this.#counts[id]! - references
    if (left > 0) {
      this.#counts[id] = left
      return
    }
    this.#nodes[id] = undefined
    this.#counts[id] = 0
    this.#ids.delete(node)
    this.#gone.delete(id as NodeId)
    this.#free.push(id as NodeId, this.#notifications.last())
    if (node instanceof AttributeFile) node.parent?.evict(node)
  }

  #unusedId(): NodeId {
    return this.#free.shift(this.#notifications.done) ?? (this.#nodes.length as NodeId)
  }
}

/** Batches of notifications by their numbers, of 32 bits. */
export interface Notifications {
  /** The last that has anything in it by now. */
  last(): number
  /** Up to which all have reached the kernel. */
  done(): number
}

/** Ids that wait until nothing names them. */
class Queue {
  #ids: NodeId[] = []
  #marks: number[] = []
  #head = 0

  push(id: NodeId, mark: number): void {
    this.#ids.push(id)
    this.#marks.push(mark)
  }

  /** The first, if it waits for nothing. */
  shift(done: () => number): NodeId | undefined {
    const head = this.#head
    if (head === this.#ids.length) return undefined
    // numbers begin anew
    if (((done() - this.#marks[head]!) | 0) < 0) return undefined
    const id = this.#ids[head]!
    this.#head++
    if (this.#head >= MOST_TAKEN) {
      this.#ids = this.#ids.slice(this.#head)
      this.#marks = this.#marks.slice(this.#head)
      this.#head = 0
    } else if (this.#head === this.#ids.length) {
      this.#ids.length = 0
      this.#marks.length = 0
      this.#head = 0
    }
    return id
  }
}

/** Places that were taken are given back together. */
const MOST_TAKEN = 4096
