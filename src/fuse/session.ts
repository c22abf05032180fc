import { closeSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { Completion } from '../sysfs/lib/completion.ts'
import { FuseError } from './error.ts'
import { kernelMounter, type Mounter, openFuse, prepareMountpoint } from './mounter.ts'
import {
  type Answer,
  type NotifyingData,
  type Order,
  type Report,
  type ServingData,
  Shared,
} from './threads.ts'
import type { TreeSource } from './tree.ts'

export interface ServeOptions {
  readonly mountpoint: string
  readonly tree: TreeSource
  /** Gets what the tree posts: uevents and the like. */
  readonly onMessage?: (message: unknown) => void
  /** A file that gets one line of JSON for each request; nothing is done for it when absent. */
  readonly wireLog?: string
  readonly mounter?: Mounter
}

/** A mounted file system, served by threads of this process. */
export interface Session {
  /** Without links. */
  readonly mountpoint: string
  /** Fulfilled when the file system is unmounted, by whomever; rejected when serving failed. */
  readonly closed: PromiseLike<void>
  /** Asks the tree; rejected with what it throws. */
  command(message: unknown): PromiseLike<unknown>
  /** Ends it: also where it is busy, then the clients find their files gone. */
  unmount(): Promise<void>
}

/**
 * Mounts a tree. The tree is built first: where that fails nothing is mounted. Returns when requests are answered.
 *
 * The process must not live in a mount namespace where this tree is its own /sys, and must not touch the mount itself
 * while it waits for it synchronously.
 */
export async function serve(options: ServeOptions): Promise<Session> {
  const mounter = options.mounter ?? kernelMounter
  const mountpoint = await prepareMountpoint(options.mountpoint, mounter)
  const fd = openFuse()
  const server = new ThreadedServer(fd, mountpoint, options)
  try {
    await server.built
    await mounter.mount(fd, mountpoint)
  } catch (error) {
    await server.abandon()
    throw error
  }
  await server.begin()
  return {
    mountpoint,
    closed: server.closed,
    command: message => server.command(message),
    async unmount() {
      try {
        await mounter.unmount(mountpoint)
      } catch {
        // busy: out of everybody's sight now, and what is open finds the connection gone
        await mounter.abort(mountpoint)
      }
      await server.closed
    },
  }
}

/** The two threads that serve one connection, as the main thread sees them. */
class ThreadedServer {
  readonly built = new Completion()
  readonly closed = new Completion()
  readonly #fd: number
  readonly #mountpoint: string
  readonly #words: Int32Array
  readonly #control: MessagePort
  readonly #serving: Worker
  readonly #ready = new Completion()
  readonly #answers = new Map<number, Completion<unknown>>()
  #nextId = 1
  #failure: unknown
  #ended = false

  constructor(fd: number, mountpoint: string, { tree, onMessage, wireLog }: ServeOptions) {
    this.#fd = fd
    this.#mountpoint = mountpoint
    const shared = new SharedArrayBuffer(Shared.words * Int32Array.BYTES_PER_ELEMENT)
    this.#words = new Int32Array(shared)
    const control = new MessageChannel()
    const batches = new MessageChannel()
    this.#control = control.port1
    const notifying = new Worker(new URL('./notifying-thread.js', import.meta.url), {
      workerData: { fd, shared, batches: batches.port2 } satisfies NotifyingData,
      transferList: [batches.port2],
    })
    this.#serving = new Worker(new URL('./serving-thread.js', import.meta.url), {
      workerData: {
        fd,
        source: tree,
        shared,
        notifier: batches.port1,
        control: control.port2,
        ...(wireLog !== undefined && { wireLog }),
      } satisfies ServingData,
      transferList: [batches.port1, control.port2],
    })

    this.#control.on('message', (report: Report) => {
      switch (report.kind) {
        case 'built':
          return this.built.complete()
        case 'ready':
          return this.#ready.complete()
        case 'failed':
          return this.#fail(report.error)
        case 'posted':
          return onMessage?.(report.message)
      }
    })
    notifying.on('message', (answer: Answer) => this.#answered(answer))
    this.#serving.on('error', error => this.#fail(error))
    this.#serving.on('exit', () => this.#end(notifying))
  }

  /** The mount stands: lets the serving thread read. */
  async begin(): Promise<void> {
    this.#release(1)
    await this.#ready
  }

  /** There will be no mount. */
  async abandon(): Promise<void> {
    this.#release(2)
    await this.closed.then(null, () => {})
  }

  command(message: unknown): PromiseLike<unknown> {
    const answer = new Completion<unknown>()
    if (this.#ended) {
      answer.fail(unmounted())
    } else {
      const id = this.#nextId++
      this.#answers.set(id, answer)
      this.#order({ id, message })
    }
    return answer
  }

  #answered({ id, value, error }: Answer): void {
    const answer = this.#answers.get(id)
    this.#answers.delete(id)
    if (error === undefined) answer?.complete(value)
    else answer?.fail(error)
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.built.fail(error)
    this.#ready.fail(error)
  }

  /** The serving thread is gone: because of the unmount, or of a failure. */
  async #end(notifying: Worker): Promise<void> {
    this.#ended = true
    const failure = this.#failure
    this.#fail(failure ?? unmounted())
    for (const answer of this.#answers.values()) answer.fail(unmounted())
    this.#control.close()
    await notifying.terminate()
    closeSync(this.#fd)
    if (failure === undefined) this.closed.complete()
    else this.closed.fail(failure)
  }

  /**
   * The serving thread is blocked in read(2). A request wakes it, and this is the one that the server may make of itself:
   * it waits in no thread that serves, needs no lock, and is answered without the tree.
   */
  #order(order: Order): void {
    this.#control.postMessage(order)
    statfs(this.#mountpoint).catch(() => {
      // the connection is gone, and whoever waits for an answer learns it when the thread ends
    })
  }

  #release(word: number): void {
    Atomics.store(this.#words, Shared.MOUNTED, word)
    Atomics.notify(this.#words, Shared.MOUNTED)
  }
}

function unmounted(): FuseError {
  return new FuseError('The file system was unmounted.')
}
