import { closeSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { Completion } from '../sysfs/lib/completion.ts'
import { FuseError } from './error.ts'
import { clearDead, kernelMounter, type Mounter, openFuse, prepareMountpoint } from './mounter.ts'
import { isAnothers, mountAt } from './mountinfo.ts'
import {
  type Answer,
  type NotifyingData,
  type Order,
  type Report,
  type ServingData,
  Shared,
} from './threads.ts'
import type { TreeSource } from './tree.ts'

/** Where nobody holds it, umount(2) ends the connection before it returns. */
const PATIENCE_MS = 2000

/** f_type of FUSE file systems (include/uapi/linux/magic.h). */
const FUSE_SUPER_MAGIC = 0x65735546

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
  /**
   * Ends it: also where it is busy, or mounted in other namespaces still; then the clients find their files gone. Throws
   * where it can not be ended.
   */
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
  const server = new ThreadedServer(fd, mountpoint, mounter, options)
  try {
    await server.built
    await mounter.mount(fd, mountpoint)
  } catch (error) {
    await server.abandon()
    throw error
  }
  const mounted = mountAt(mountpoint)
  await server.begin()
  return {
    mountpoint,
    closed: server.closed,
    command: message => server.command(message),
    async unmount() {
      if (server.ended) return
      try {
        await mounter.unmount(mountpoint)
      } catch {
        // busy: out of everybody's sight now, and what is open finds the connection gone
        await mounter.abort(mountpoint)
      }
      // somebody may hold it elsewhere: in another mount namespace, or since it was unmounted lazily
      if (mounted && !(await server.endsWithin(PATIENCE_MS))) {
        // the connection is called by the minor number of the device (Documentation/filesystems/fuse.rst)
        const { device, source } = mounted
        if (!isAnothers(device, source)) await mounter.disconnect(device.split(':')[1]!)
        if (!(await server.endsWithin(PATIENCE_MS))) throw inUse(mountpoint)
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
  readonly #mounter: Mounter
  readonly #words: Int32Array
  readonly #control: MessagePort
  readonly #serving: Worker
  readonly #ready = new Completion()
  readonly #answers = new Map<number, Completion<unknown>>()
  #nextId = 1
  #failure: unknown
  #mounted = false
  #ended = false

  constructor(fd: number, mountpoint: string, mounter: Mounter, { tree, onMessage, wireLog }: ServeOptions) {
    this.#fd = fd
    this.#mountpoint = mountpoint
    this.#mounter = mounter
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
    this.#mounted = true
    this.#release(1)
    await this.#ready
  }

  /** There will be no mount. */
  async abandon(): Promise<void> {
    this.#release(2)
    await this.closed.then(null, () => {})
  }

  /** The connection is gone, for whatever reason. */
  get ended(): boolean {
    return this.#ended
  }

  async endsWithin(ms: number): Promise<boolean> {
    const late = new AbortController()
    const end = this.closed.then(
      () => true,
      () => true,
    )
    const ended = await Promise.race([end, setTimeout(ms, false, { signal: late.signal })])
    late.abort()
    return ended
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
    let failure = this.#failure
    this.#fail(failure ?? unmounted())
    for (const answer of this.#answers.values()) answer.fail(unmounted())
    this.#control.close()
    await notifying.terminate()
    closeSync(this.#fd)
    // after a failure, or where the connection was ended from outside, the mount stands still
    try {
      if (this.#mounted) await clearDead(this.#mountpoint, this.#mounter)
    } catch (error) {
      failure ??= error
    }
    if (failure === undefined) this.closed.complete()
    else this.closed.fail(failure)
  }

  /**
   * The serving thread is blocked in read(2). A request wakes it, and this is the one that the server may make of itself:
   * it waits in no thread that serves, needs no lock, and is answered without the tree.
   */
  #order(order: Order): void {
    this.#control.postMessage(order)
    statfs(this.#mountpoint).then(
      ({ type }) => {
        // unmounted lazily, or covered: no request of this process gets there any more
        if (type !== FUSE_SUPER_MAGIC) this.#answered({ id: order.id, error: unmounted() })
      },
      () => {
        // the connection is gone, and whoever waits for an answer learns it when the thread ends
      },
    )
  }

  #release(word: number): void {
    Atomics.store(this.#words, Shared.MOUNTED, word)
    Atomics.notify(this.#words, Shared.MOUNTED)
  }
}

function inUse(mountpoint: string): FuseError {
  return new FuseError(
    `${mountpoint} is unmounted, but programs elsewhere use the file system still: end them, or kill this server.`,
  )
}

function unmounted(): FuseError {
  return new FuseError('The file system was unmounted.')
}
