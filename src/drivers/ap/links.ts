import type { Directory, Dirent, Population } from '../../sysfs/kernfs/directory.ts'
import { nameHash } from '../../sysfs/kernfs/hash.ts'
import { DT_LNK, type Node } from '../../sysfs/kernfs/node.ts'
import { Symlink } from '../../sysfs/kernfs/symlink.ts'
import { APQNS, type Apqn, parseQueueName, queueName } from './apqn.ts'
import type { ApBus } from './bus.ts'

/** Links to queues, made when somebody looks: those of the bus, and those of each driver. */
export class QueueLinks implements Population {
  readonly directories = 0
  readonly #directory: Directory
  readonly #bus: ApBus
  readonly #holds: (qid: Apqn) => boolean
  readonly #firstInode: number
  readonly #made = new Map<Apqn, Symlink>()

  /** @param holds which of the queues that exist have a link here */
  constructor(directory: Directory, bus: ApBus, holds: (qid: Apqn) => boolean) {
    this.#directory = directory
    this.#bus = bus
    this.#holds = holds
    this.#firstInode = directory.superblock.inodes(APQNS)
    directory.populate(this)
  }

  lookup(name: string): Node | undefined {
    const qid = parseQueueName(name)
    if (qid === undefined || !this.#holds(qid)) return undefined
    const known = this.#made.get(qid)
    if (known) return known
    const queue = this.#bus.queue(qid)
    if (!queue) return undefined
    const link = new Symlink(name, this.#firstInode + qid, this.#directory, queue)
    this.#made.set(qid, link)
    return link
  }

  *list(): Iterable<Dirent> {
    for (const qid of this.#bus.queueIds()) {
      if (!this.#holds(qid)) continue
      const name = queueName(qid)
      yield { name, hash: nameHash(name), ino: this.#firstInode + qid, type: DT_LNK }
    }
  }

  /** A link is there now, or is not any more. */
  changed(qid: Apqn): void {
    if (this.#made.delete(qid)) this.#directory.remove(queueName(qid))
    else this.#directory.generation++
  }
}
