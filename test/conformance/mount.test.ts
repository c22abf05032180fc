import { noMount } from '../support/processes.ts'
import { serveElsewhere } from '../support/served.ts'
import { cases } from './cases.ts'
import { conformance } from './conformance.ts'
import { noClient, posixFrontend } from './posix.ts'

conformance({
  name: 'a mount by the kernel',
  cases,
  async open() {
    const served = await serveElsewhere({
      module: new URL('./tree.js', import.meta.url).href,
      options: undefined,
    })
    const frontend = posixFrontend(served.mountpoint, served.command)
    return {
      ...frontend,
      async close() {
        await frontend.close()
        await served.close()
      },
    }
  },
  unavailable: noMount ?? noClient(),
  resets: true,
  exclusions: {
    'read: no position beyond 2 GiB': 'the largest file of every FUSE file system has 2^63 - 1 bytes',
    'names: opening with O_TRUNC leaves the size to FIONREAD':
      'the kernel sets the size to 0 by itself, until somebody asks for it',
    'names: text is not mapped private': 'FUSE maps a file of direct I/O where nobody else can see it',
    'read: sendfile that starts at 0 runs show':
      'sendfile(2) reads by way of the page cache, which is emptied when the file is opened',
    'gone: writing nothing is ENODEV too': 'FUSE does not ask its server when there is nothing to write',
    'gone: seeking an open file is ENODEV': 'the kernel seeks by itself',
  },
})
