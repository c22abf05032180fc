import type { Session } from '../fuse/index.ts'
import type { Uevent } from '../sysfs/lib/kobject-uevent.ts'
import type { MachineOptions } from './machine.ts'
import { chooseTransport, serveBy } from './serve-by.ts'
import type { Transport } from './transport.ts'
import { treeOf } from './tree-source.ts'

export interface ServerOptions extends MachineOptions {
  readonly mountpoint: string
  /** {@link chooseTransport} where nothing is said. */
  readonly transport?: Transport
  /** A file that gets one line of JSON for each request. */
  readonly wireLog?: string
}

export interface ServerHooks {
  /** Called when requests are answered; what it throws ends the mount. */
  onReady(session: Session): void
  /** Gets every uevent. */
  onEvent?(event: Uevent): void
}

/**
 * Mounts a machine and serves it in this process, until it is unmounted or a signal asks it to end.
 */
export async function serveHere(
  { mountpoint, transport = chooseTransport(), wireLog, ...machine }: ServerOptions,
  { onReady, onEvent }: ServerHooks,
): Promise<void> {
  const served = await serveBy(transport)({
    mountpoint,
    tree: treeOf(machine),
    // the tree posts nothing else (tree.ts)
    ...(onEvent && { onMessage: message => onEvent(message as Uevent) }),
    ...(wireLog !== undefined && { wireLog }),
  })
  let ending: Promise<void> | undefined
  const session: Session = {
    ...served,
    unmount() {
      ending ??= served.unmount()
      return ending
    },
  }
  endBySignal(session)
  try {
    onReady(session)
  } catch (error) {
    await session.unmount()
    throw error
  }
  try {
    await session.closed
  } finally {
    // a mount in use is taken away after its connection has ended
    await ending
  }
}

function endBySignal(session: Session): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => session.unmount())
  }
}
