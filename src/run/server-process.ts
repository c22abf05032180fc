import { closeSync } from 'node:fs'
import { type ServerOptions, serveHere } from './server.ts'
import { failure, tell } from './status.ts'

/** The descriptor on which the process says that it is ready, or why it is not. */
const STATUS_FD = 3

/** The process that `mount` starts; its only argument are {@link ServerOptions} in JSON. */
try {
  await serveHere(JSON.parse(process.argv[2]!) as ServerOptions, {
    onReady({ mountpoint }) {
      tell(STATUS_FD, { ready: true, mountpoint })
      closeSync(STATUS_FD)
    },
  })
} catch (error) {
  tell(STATUS_FD, failure(error))
  process.exitCode = 1
}
