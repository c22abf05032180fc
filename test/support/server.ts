import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve, serveNative, type TreeSource } from '../../src/fuse/index.ts'

/** A process of its own that serves a tree: see served.ts. Ends when whoever started it is gone. */

export type Request = { readonly id: number; readonly message: unknown }
export type Reply =
  | { readonly kind: 'ready'; readonly mountpoint: string }
  | { readonly kind: 'posted'; readonly message: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }

const tell = (reply: Reply) => process.connected && process.send!(reply)

const mountpoint = await mkdtemp(join(tmpdir(), 'mdevfs-test-'))
const session = await (process.argv[3] === 'fuse-native' ? serveNative : serve)({
  mountpoint,
  tree: JSON.parse(process.argv[2]!) as TreeSource,
  onMessage: message => tell({ kind: 'posted', message }),
})
process.on('disconnect', () => session.unmount())
process.on('message', ({ id, message }: Request) => {
  session.command(message).then(
    value => tell({ kind: 'answer', id, value }),
    error => tell({ kind: 'answer', id, error: String(error) }),
  )
})
tell({ kind: 'ready', mountpoint: session.mountpoint })
await session.closed
await rmdir(mountpoint)
if (process.connected) process.disconnect()
// the addon of fuse-native would keep it alive
process.exit()
