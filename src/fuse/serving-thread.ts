import { openSync, readSync, writeSync } from 'node:fs'
import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Complaints } from './complaints.ts'
import { type LogRecord, Server } from './server.ts'
import { type Answer, type Batch, type Order, type Report, type ServingData, Shared } from './threads.ts'
import type { CreateTree, Holdings, ServedTree } from './tree.ts'

/**
 * The serving thread: owns the tree and answers requests, one after the other, blocked in read(2) between them. Its
 * event loop does not turn once it serves.
 */
const { fd, source, shared, notifier, control, wireLog } = workerData as ServingData
const words = new Int32Array(shared)
const complaints = new Complaints()
let current: Server | undefined

function report(message: Report): void {
  control.postMessage(message)
}

/** Errors keep what can be cloned of them. */
function cloneable(error: unknown): unknown {
  return error instanceof Error ? { ...error, name: error.name, message: error.message } : error
}

async function build(): Promise<ServedTree> {
  const { createTree } = (await import(source.module)) as { createTree: CreateTree }
  return createTree(source.options, { post: message => report({ kind: 'posted', message }), holdings })
}

function holdings(): Holdings {
  return {
    nodes: current?.nodes.size ?? 0,
    files: current?.files.size ?? 0,
    directories: current?.listings.size ?? 0,
  }
}

function obey(tree: ServedTree, { id, message }: Order): Answer {
  try {
    return { id, value: tree.command?.(message) }
  } catch (error) {
    return { id, error: cloneable(error) }
  }
}

function logger(): ((record: LogRecord) => void) | undefined {
  if (wireLog === undefined) return undefined
  const file = openSync(wireLog, 'a')
  return record => {
    try {
      writeSync(file, `${JSON.stringify(record)}\n`)
    } catch (error) {
      complaints.tell(`nothing is written to ${wireLog}`, error)
    }
  }
}

function handOver(batch: Batch): void {
  notifier.postMessage(batch, batch instanceof Uint8Array ? [batch.buffer as ArrayBuffer] : [])
  Atomics.add(words, Shared.BATCHES, 1)
  Atomics.notify(words, Shared.BATCHES)
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

function serve(tree: ServedTree): void {
  const server = new Server(
    tree.root,
    {
      send(buffer, length) {
        try {
          writeSync(fd, buffer, 0, length)
        } catch (error) {
          // ENOENT: the request was given up meanwhile, or the kernel does not know the inode; ENODEV: the connection ended
          if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENODEV') return
          // the kernel refuses what does not fit the request, and tells the client EIO
          complaints.tell('a reply that the kernel refuses', error)
        }
      },
      sendElsewhere: handOver,
      batches: () => Atomics.load(words, Shared.BATCHES),
      done: () => Atomics.load(words, Shared.DONE),
      woken() {
        for (let next = receiveMessageOnPort(control); next; next = receiveMessageOnPort(control)) {
          const answer = obey(tree, next.message as Order)
          server.flush()
          handOver(answer)
        }
      },
    },
    complaints,
    logger(),
  )
  current = server
  const { bytes } = server.request
  let ready = false
  for (;;) {
    let length: number
    try {
      length = readSync(fd, bytes, 0, bytes.length, null)
    } catch (error) {
      const code = errorCode(error)
      // ENOENT: the request was given up before it was read
      if (code === 'EINTR' || code === 'ENOENT' || code === 'EAGAIN') continue
      // ENODEV: unmounted; ECONNABORTED: aborted
      if (code !== 'ENODEV' && code !== 'ECONNABORTED') throw error
      break
    }
    server.dispatch(length)
    if (!ready) {
      ready = true
      report({ kind: 'ready' })
    }
  }
  server.release()
}

/** @returns whether there is something to serve */
function waitForMount(): boolean {
  Atomics.wait(words, Shared.MOUNTED, 0)
  return Atomics.load(words, Shared.MOUNTED) === 1
}

try {
  const tree = await build()
  report({ kind: 'built' })
  if (waitForMount()) serve(tree)
} catch (error) {
  report({ kind: 'failed', error: cloneable(error) })
}
control.close()
// the end of the notifying thread's work
handOver(null)
notifier.close()
