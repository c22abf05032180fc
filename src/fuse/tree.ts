import type { Directory } from '../sysfs/kernfs/directory.ts'

/** What the kernel holds of a tree. */
export interface Holdings {
  /** Nodes in its caches, the root included. */
  readonly nodes: number
  /** Open files. */
  readonly files: number
  /** Open directories. */
  readonly directories: number
}

/** What a tree may do while it is served. */
export interface TreeHost {
  /** Sends a message to whoever started the server; anything that can be cloned. */
  post(message: unknown): void
  /** For finding leaks; nothing is held before the mount is made. Absent where a library in between keeps the books. */
  holdings?(): Holdings
}

/** A tree that is served. */
export interface ServedTree {
  /** The root of the mount. */
  readonly root: Directory
  /** Answers a command of whoever started the server; what it throws is his error. */
  command?(message: unknown): unknown
}

/**
 * What a module has to export as `createTree` to be served: it is called in the serving thread, which then owns the
 * tree. Its promises are awaited before the mount is made; later nothing of it may wait for the event loop.
 */
export type CreateTree = (options: unknown, host: TreeHost) => ServedTree | Promise<ServedTree>

/** Where the tree comes from. */
export interface TreeSource {
  /** URL of a module with a {@link CreateTree}. */
  readonly module: string
  /** Handed to it; anything that can be cloned. */
  readonly options: unknown
}
