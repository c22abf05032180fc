import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TreeSource } from '../../src/fuse/index.ts'
import type { Reply, Request } from './server.ts'

/** A tree that another process serves. */
export interface Served {
  readonly mountpoint: string
  /** The process that serves. */
  readonly pid: number
  /** Asks the tree. */
  command(message: unknown): Promise<unknown>
  /** Unmounts; throws where that leaves anything behind. */
  close(): Promise<void>
}

const PATIENCE = 10_000

/** Serves a tree in a process group of its own, so that nothing of it can outlive the test. */
export async function serveElsewhere(
  tree: TreeSource,
  onMessage?: (message: unknown) => void,
  transport: 'kernel' | 'fuse-native' = 'kernel',
): Promise<Served> {
  const child = fork(
    fileURLToPath(new URL('./server.js', import.meta.url)),
    [JSON.stringify(tree), transport],
    {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  )
  const exited = once(child, 'exit')
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let nextId = 1
  let mountpoint: string | undefined
  await new Promise<void>((resolve, reject) => {
    child.on('message', (reply: Reply) => {
      if (reply.kind === 'ready') {
        mountpoint = reply.mountpoint
        resolve()
      } else if (reply.kind === 'posted') {
        onMessage?.(reply.message)
      } else {
        const { resolve, reject } = pending.get(reply.id)!
        pending.delete(reply.id)
        if (reply.error === undefined) resolve(reply.value)
        else reject(new Error(reply.error))
      }
    })
    child.on('exit', code => {
      reject(new Error(`the server ended with ${code}`))
      for (const { reject } of pending.values()) reject(new Error('the server ended'))
    })
  })

  return {
    mountpoint: mountpoint!,
    pid: child.pid!,
    command(message) {
      const id = nextId++
      child.send({ id, message } satisfies Request)
      return new Promise((resolve, reject) => pending.set(id, { resolve, reject }))
    },
    async close() {
      if (child.connected) child.disconnect()
      const ended = await Promise.race([exited, sleep(PATIENCE, undefined, { ref: false })])
      if (ended) {
        const [code, signal] = ended
        if (code !== 0) throw new Error(`the server ended with ${code ?? signal}`)
        return
      }
      spawnSync('umount', ['-i', '-f', mountpoint!])
      spawnSync('umount', ['-i', '-l', mountpoint!])
      process.kill(-child.pid!, 'SIGKILL')
      throw new Error('the server did not end; it was killed')
    },
  }
}
