import { type Session, serve } from '../fuse/index.ts'
import type { MachineOptions } from './machine.ts'
import { treeOf } from './tree-source.ts'

export interface ServerOptions extends MachineOptions {
  readonly mountpoint: string
  /** A file that gets one line of JSON for each request. */
  readonly wireLog?: string
}

/**
 * Mounts a machine and serves it in this process, until it is unmounted or a signal asks it to end.
 *
 * @param onReady called when requests are answered
 */
export async function serveHere(
  { mountpoint, wireLog, ...machine }: ServerOptions,
  onReady: (session: Session) => void,
): Promise<void> {
  const session = await serve({
    mountpoint,
    tree: treeOf(machine),
    ...(wireLog !== undefined && { wireLog }),
  })
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping) session.unmount()
      stopping = true
    })
  }
  onReady(session)
  await session.closed
}
