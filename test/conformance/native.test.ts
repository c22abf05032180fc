import { noPackage } from '../support/native.ts'
import { noMount } from '../support/processes.ts'
import { serveElsewhere } from '../support/served.ts'
import { cases } from './cases.ts'
import { because, conformance } from './conformance.ts'
import { noClient, posixFrontend } from './posix.ts'

conformance({
  name: 'a mount by fuse-native',
  cases,
  async open() {
    const served = await serveElsewhere(
      { module: new URL('./tree.js', import.meta.url).href, options: undefined },
      undefined,
      'fuse-native',
    )
    const frontend = posixFrontend(served.mountpoint, served.command)
    return {
      ...frontend,
      async close() {
        await frontend.close()
        await served.close()
      },
    }
  },
  unavailable: noMount ?? noPackage() ?? noClient(),
  resets: true,
  exclusions: {
    'readdir: d_off is 1 for ., and the hash of the next name for the others': 'libfuse counts',
    'read: no position beyond 2 GiB': 'the largest file of every FUSE file system has 2^63 - 1 bytes',
    'names: text is not mapped private': 'FUSE maps a file of direct I/O where nobody else can see it',
    'read: sendfile that starts at 0 runs show':
      'sendfile(2) reads by way of the page cache, which is emptied when the file is opened',
    'gone: writing nothing is ENODEV too': 'FUSE does not ask its server when there is nothing to write',
    'gone: seeking an open file is ENODEV': 'the kernel seeks by itself',
    ...because('fuse-native has no poll', [
      'poll: news until the first read, then none',
      'poll: sysfs_notify is news to every open file until it reads',
      'gone: pollers hear of it',
    ]),
    ...because('fuse-native asks by path, also of what is open', [
      'gone: fstat tells what it told before, and fchmod works',
      'gone: an open directory is empty',
      'gone: a held path leads nowhere',
    ]),
  },
})
