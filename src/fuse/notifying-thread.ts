import { writeSync } from 'node:fs'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { messages } from './notify.ts'
import { type Batch, type NotifyingData, Shared } from './threads.ts'

/**
 * The notifying thread: writes notifications, and the replies and answers that have to follow them, in the order in which
 * they come. It may have to wait for locks in the kernel; the serving thread never does.
 */
const { fd, shared, batches } = workerData as NotifyingData
const words = new Int32Array(shared)

for (;;) {
  const seen = Atomics.load(words, Shared.BATCHES)
  for (let next = receiveMessageOnPort(batches); next; next = receiveMessageOnPort(batches)) {
    const batch = next.message as Batch
    if (!batch) process.exit()
    if (batch instanceof Uint8Array) for (const message of messages(batch)) send(message)
    else parentPort!.postMessage(batch)
    Atomics.add(words, Shared.DONE, 1)
  }
  Atomics.wait(words, Shared.BATCHES, seen)
}

/** ENOENT: the kernel does not know the name or the inode any more, or nobody waits for the reply: nothing to do. */
function send(message: Uint8Array): void {
  try {
    writeSync(fd, message)
  } catch {}
}
