import { bareFrontend } from './bare.ts'
import { cases } from './cases.ts'
import { because, conformance } from './conformance.ts'

conformance({
  name: 'the bare tree',
  cases,
  open: async () => bareFrontend(),
  resets: true,
  exclusions: {
    ...because('the VFS looks at permissions, before it asks kernfs', [
      'open: what can not be written is EACCES, for root too',
      'open: O_TRUNC on what only reads is nothing',
      'open: access says what the mode says, not what open does',
      'open: other users may do what the mode says',
      'open: what is for root is not for others',
      'open: a mode that was given opens, and the missing routine is EIO',
      'names: other users may not even try',
    ]),
    ...because('the VFS looks at flags and names, before it asks kernfs', [
      'open: flags that change nothing',
      'open: names that are not there, or are something else',
      'open: no direct I/O and no nameless files',
      'open: what can not be read is EACCES, for root too',
      'names: none can be made',
      'names: one that is there is EEXIST',
      'names: none can be taken away',
      'names: none can be changed',
    ]),
    ...because('the front end keeps the position', [
      'readdir: the end of a directory is at 0, and reading it is EISDIR',
      'read: from any offset, and past the end nothing',
      'read: seeking',
      'read: no position beyond 2 GiB',
      'gone: seeking an open file is ENODEV',
    ]),
    ...because('it is no call of an open attribute', [
      'stat: the file system has no blocks and no files',
      'names: what can be done with a file besides reading',
      'names: opening with O_TRUNC leaves the size to FIONREAD',
      'names: text is not mapped shared',
      'names: text is not mapped private',
      'names: fallocate on what can be written',
      'read: sendfile sends what read gives, and leaves the size as it was',
      'read: sendfile that starts at 0 runs show',
      'gone: mapping a text file is ENODEV',
    ]),
  },
})
