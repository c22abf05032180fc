import { mkdtempSync, rmdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from '../fuse/index.ts'
import type { MachineOptions } from './machine.ts'
import { serveHere } from './server.ts'
import { failure, type Status } from './status.ts'
import type { Transport } from './transport.ts'

/** What the process gets as its only argument, in JSON. */
export interface AttachedServerOptions extends MachineOptions {
  /** Where to mount; a directory of its own is made, and removed at the end, where there is none. */
  readonly mountpoint?: string
  readonly transport?: Transport
}

/** A socket whose other end the owner holds: status and uevents go there, and when it closes the mount goes too. */
const OWNER_FD = 3

const { mountpoint, ...machine } = JSON.parse(process.argv[2]!) as AttachedServerOptions
const owner = new Socket({ fd: OWNER_FD })
let session: Session | undefined
let left = false

owner.on('error', () => {})
owner.on('close', () => {
  left = true
  session?.unmount()
})
owner.resume()

function say(message: object): void {
  if (owner.writable) owner.write(`${JSON.stringify(message)}\n`)
}

const directory = mountpoint ?? mkdtempSync(join(tmpdir(), 'mdevfs-'))
try {
  await serveHere(
    { ...machine, uevents: 'post', mountpoint: directory },
    {
      onReady(mounted) {
        session = mounted
        say({ ready: true, mountpoint: mounted.mountpoint } satisfies Status)
        if (left) mounted.unmount()
      },
      onEvent: say,
    },
  )
} catch (error) {
  say(failure(error))
  process.exitCode = 1
} finally {
  if (mountpoint === undefined) rmdirSync(directory)
  // the addon of fuse-native would keep the process alive
  owner.end(() => process.exit())
  if (left) process.exit()
}
