import type { Uevent } from '../sysfs/lib/kobject-uevent.ts'
import { RunError } from './error.ts'

/** Events that are kept for somebody who does not read; a netlink socket has about as much room. */
const ROOM = 10_000

type Waiter = (result: IteratorResult<Uevent, undefined>) => void

/**
 * The uevents of a machine since it was mounted, each once, whoever reads; leaving a loop over them loses none. Ends
 * when the machine is unmounted. When too many were not read they are lost, as with a netlink socket (ENOBUFS), and the
 * next read says so.
 */
export class UeventQueue implements AsyncIterable<Uevent, undefined> {
  readonly #hold: (waiting: boolean) => void
  #events: Uevent[] = []
  #waiters: Waiter[] = []
  #lost = false
  #ended = false

  /** @param hold told whether somebody waits, so that the process stays alive for him and for nobody else */
  constructor(hold: (waiting: boolean) => void) {
    this.#hold = hold
  }

  push(event: Uevent): void {
    const waiter = this.#waiters.shift()
    if (waiter) {
      if (this.#waiters.length === 0) this.#hold(false)
      waiter({ value: event, done: false })
    } else if (this.#events.push(event) > ROOM) {
      this.#events = []
      this.#lost = true
    }
  }

  end(): void {
    this.#ended = true
    if (this.#waiters.length > 0) this.#hold(false)
    for (const resolve of this.#waiters.splice(0)) resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): AsyncIterator<Uevent, undefined> {
    return { next: () => this.#next() }
  }

  async #next(): Promise<IteratorResult<Uevent, undefined>> {
    if (this.#lost) {
      this.#lost = false
      throw new RunError(
        `More than ${ROOM} uevents were not read and are lost: read sys.events as they come.`,
      )
    }
    const event = this.#events.shift()
    if (event) return { value: event, done: false }
    if (this.#ended) return { value: undefined, done: true }
    return new Promise(resolve => {
      this.#waiters.push(resolve)
      this.#hold(true)
    })
  }
}
