import type { Directory } from './directory.ts'
import type { Node, Timespec } from './node.ts'

/** Time is passed in, so that a run can be repeated. */
export interface Clock {
  /** CLOCK_REALTIME. */
  now(): Timespec
}

export const systemClock: Clock = {
  now() {
    const ms = Date.now()
    const sec = Math.floor(ms / 1000)
    return { sec, nsec: (ms - sec * 1000) * 1e6 }
  },
}

/** A front end that keeps names or attributes of its own (the kernel's caches) and has to be told of changes. */
export interface TreeObserver {
  /** `name` in `parent` no longer leads to `node`, which somebody may still hold. */
  vanished(parent: Directory, name: string, node: Node): void
  /** The attributes of `node` differ from those it had. */
  changed(node: Node): void
  /** `sysfs_notify()`: pollers of the file are to wake up. */
  notified(node: Node): void
}

/** What the nodes of one machine share: inode numbers, the clock, and those who watch. */
export class Superblock {
  readonly clock: Clock
  #nextInode = 1
  readonly #observers: TreeObserver[] = []

  constructor(clock: Clock = systemClock) {
    this.clock = clock
  }

  /** Sets aside `count` inode numbers; they are never used again. */
  inodes(count = 1): number {
    const first = this.#nextInode
    this.#nextInode += count
    return first
  }

  /** @returns a function that ends the observation */
  observe(observer: TreeObserver): () => void {
    this.#observers.push(observer)
    return () => {
      const at = this.#observers.indexOf(observer)
      if (at >= 0) this.#observers.splice(at, 1)
    }
  }

  vanished(parent: Directory, name: string, node: Node): void {
    for (const observer of this.#observers) observer.vanished(parent, name, node)
  }

  changed(node: Node): void {
    for (const observer of this.#observers) observer.changed(node)
  }

  notified(node: Node): void {
    for (const observer of this.#observers) observer.notified(node)
  }
}
