import { writeSync } from 'node:fs'
import { Completion } from '../../sysfs/lib/completion.ts'
import { FuseError } from '../error.ts'
import { fusermount, prepareMountpoint, unmounterOf } from '../mounter.ts'
import { FILE_SYSTEM_TYPE, mountAt } from '../mountinfo.ts'
import type { ServeOptions, Session } from '../session.ts'
import type { CreateTree } from '../tree.ts'
import { nativeOperations } from './operations.ts'
import { loadNative, type NativeFuse } from './package.ts'

/**
 * Read and write go to the tree each time, nothing is remembered (there is no way to tell the kernel of changes), inode
 * numbers are the tree's, and a write is not cut into pages.
 */
const OPTIONS = [
  'direct_io',
  'entry_timeout=0',
  'negative_timeout=0',
  'attr_timeout=0',
  'ac_attr_timeout=0',
  'use_ino',
  'big_writes',
  'default_permissions',
  'nosuid',
  'nodev',
  'noexec',
  'fsname=mdevfs',
  'subtype=mdevfs',
]

/** How often it is looked whether the mount is still there: libfuse tells nobody when it is gone. */
const WATCH_MS = 100

/**
 * Mounts a tree by way of fuse-native, in this thread: the package works in no other. The process must do nothing that
 * waits for the mount.
 */
export async function serveNative({ mountpoint, tree, onMessage, wireLog }: ServeOptions): Promise<Session> {
  assertUsable()
  if (wireLog !== undefined) {
    throw new FuseError(
      'fuse-native shows nobody its requests: leave --wire-log out, or use --transport kernel.',
    )
  }
  const unmounter = unmounterOf()
  const directory = await prepareMountpoint(mountpoint, unmounter)
  const Fuse = loadNative()
  const { createTree } = (await import(tree.module)) as { createTree: CreateTree }
  const served = await createTree(tree.options, { post: message => onMessage?.(message) })
  const operations = nativeOperations(served.root, tellOnce())
  await mount(Fuse, directory, operations)

  const closed = new Completion()
  const watch = setInterval(() => {
    if (mountAt(directory)?.type === FILE_SYSTEM_TYPE) return
    clearInterval(watch)
    operations.close()
    closed.complete()
  }, WATCH_MS)

  return {
    mountpoint: directory,
    closed,
    async command(message) {
      return served.command?.(message)
    },
    async unmount() {
      try {
        await unmounter.unmount(directory)
      } catch {
        await unmounter.abort(directory)
      }
      await closed
    },
  }
}

/** Why an ordinary user can not use it here, if so. */
function assertUsable(): void {
  if (process.getuid!() === 0 || fusermount() !== undefined) return
  throw new FuseError(
    'There is no setuid fusermount in PATH, by which users other than root mount: install fuse3 (or fuse), or use mdevfs run, which needs none.',
  )
}

async function mount(
  Fuse: NativeFuse,
  directory: string,
  operations: ReturnType<typeof nativeOperations>,
): Promise<void> {
  const options = [...OPTIONS, ...(process.getuid!() === 0 ? ['allow_other'] : [])]
  class Mount extends Fuse {
    _fuseOptions(): string {
      return `-o${options.join(',')}`
    }
  }
  // without a time-out: a writer may wait as long as a guest runs
  const fuse = new Mount(directory, operations, { timeout: false })
  await new Promise<void>((resolve, reject) => {
    fuse.mount(error => {
      if (!error) return resolve()
      reject(
        new FuseError(
          `fuse-native can not mount on ${directory} (${error.message}): choose a directory on the file system of its parent, or use --transport kernel as root.`,
        ),
      )
    })
  })
}

/** Tells of mistakes in the tree, each once; the client gets EIO. */
function tellOnce(): (error: unknown) => void {
  const told = new Set<string>()
  return error => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (told.has(text)) return
    told.add(text)
    writeSync(2, `mdevfs: a bug, answered with EIO: ${text}\n`)
  }
}
