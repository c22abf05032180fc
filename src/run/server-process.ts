import { closeSync, readdirSync, readFileSync } from 'node:fs'
import { type ServerOptions, serveHere } from './server.ts'
import { failure, tell } from './status.ts'

/** The descriptor on which the process says that it is ready, or why it is not. */
const STATUS_FD = 3

/** open(2) */
const O_CLOEXEC = 0o2000000

/**
 * Closes what the caller's caller had open: whoever waits for the end of a pipe does not wait for this process. What
 * Node has opened for itself is close-on-exec.
 */
function closeInherited(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd <= STATUS_FD) continue
    try {
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))![1]!
      if (!(Number.parseInt(flags, 8) & O_CLOEXEC)) closeSync(fd)
    } catch {
      // the one with which the directory was read
    }
  }
}

/** The process that `mount` starts; its only argument are {@link ServerOptions} in JSON. */
try {
  closeInherited()
  await serveHere(JSON.parse(process.argv[2]!) as ServerOptions, {
    onReady({ mountpoint }) {
      const heard = tell(STATUS_FD, { ready: true, mountpoint })
      closeSync(STATUS_FD)
      if (!heard) throw new Error('nobody waits for the mount any more')
    },
  })
} catch (error) {
  tell(STATUS_FD, failure(error))
  process.exitCode = 1
}
// the addon of fuse-native would keep it alive
process.exit()
