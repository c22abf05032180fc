import type { MessagePort } from 'node:worker_threads'
import type { TreeSource } from './tree.ts'

/** Places in the shared memory of the threads of one server. */
export const Shared = {
  /** 1 once the file system is mounted, 2 when it will not be. */
  MOUNTED: 0,
  /** Grows with each batch for the notifying thread. */
  BATCHES: 1,
  /** How many of them it is done with. */
  DONE: 2,
  words: 3,
} as const

/** What the serving thread starts with. */
export interface ServingData {
  readonly fd: number
  readonly source: TreeSource
  readonly shared: SharedArrayBuffer
  /** To the notifying thread: batches of messages. */
  readonly notifier: MessagePort
  /** From and to the main thread. */
  readonly control: MessagePort
  /** A file that gets one line of JSON for each request. */
  readonly wireLog?: string
}

/** What the notifying thread starts with. */
export interface NotifyingData {
  readonly fd: number
  readonly shared: SharedArrayBuffer
  readonly batches: MessagePort
}

/** From the serving thread to the main thread. */
export type Report =
  | { readonly kind: 'built' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'ready' }
  | { readonly kind: 'posted'; readonly message: unknown }

/**
 * What came of an order. It reaches the main thread by way of the notifying thread, behind what the order made it tell the
 * kernel: whoever gets it finds nothing stale.
 */
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: unknown
}

/** From the serving thread to the notifying thread: messages for the kernel (notify.ts), an answer, or null at the end. */
export type Batch = Uint8Array | Answer | null

/** From the main thread to the serving thread: a command for the tree. A STATFS request follows, to wake it. */
export interface Order {
  readonly id: number
  readonly message: unknown
}
