import { cases } from './cases.ts'
import { because, conformance } from './conformance.ts'
import { volumeFrontend } from './volume.ts'

conformance({
  name: 'the volume',
  cases,
  open: async () => volumeFrontend(),
  resets: true,
  exclusions: {
    ...because('fs tells names and types of a directory, nothing else that getdents64 does', [
      'stat: a directory has mode 0755, size 0, and two links and one for each directory in it',
      'stat: the inode number is that of readdir',
      'readdir: names come in the order of their hashes, after . and ..',
      'readdir: d_off is 1 for ., and the hash of the next name for the others',
      'readdir: every name has its type',
      'readdir: small buffers lose and repeat nothing',
      'readdir: seeking to a d_off goes on behind that name',
      'readdir: a listing goes on while names go',
      'readdir: a name that came is listed and found, one that went is neither',
      'gone: an open directory is empty',
      'gone: a held path leads nowhere',
    ]),
    ...because('fs has no lseek', [
      'readdir: the end of a directory is at 0, and reading it is EISDIR',
      'read: seeking',
      'read: no position beyond 2 GiB',
      'read: show runs once for each reading that starts at 0',
      'read: what was begun is read to its end, whatever was stored meanwhile',
      'write: each write is one store of its bytes, wherever it is written',
      'write: fails with the errno of the store, and the position stays',
      'write: a store may take less than it is given',
      'gone: seeking an open file is ENODEV',
    ]),
    ...because('fs has no poll', [
      'poll: news until the first read, then none',
      'poll: sysfs_notify is news to every open file until it reads',
      'poll: writing is no news',
      'gone: pollers hear of it',
    ]),
    ...because('fs has no mknod, flock, fallocate and mmap', [
      'names: none can be made',
      'names: one that is there is EEXIST',
      'names: what can be done with a file besides reading',
      'names: text is not mapped shared',
      'names: text is not mapped private',
      'names: fallocate on what can be written',
      'gone: mapping a text file is ENODEV',
    ]),
    ...because('fs has no extended attributes', [
      'names: extended attributes that nobody set',
      'names: trusted and security attributes are kept',
    ]),
    ...because('the volume acts as root, whoever runs it', [
      'open: what can not be written is EACCES, for root too',
      'open: O_TRUNC on what only reads is nothing',
      'open: access says what the mode says, not what open does',
      'open: other users may do what the mode says',
      'open: what can not be read is EACCES, for root too',
      'open: what is for root is not for others',
      'open: a mode that was given opens, and the missing routine is EIO',
      'names: other users may not even try',
    ]),
    ...because('memfs says that every file has one block, and a file system a million', [
      'stat: a text attribute has one page, no blocks and one link',
      'stat: the file system has no blocks and no files',
    ]),
    'read: from any offset, and past the end nothing': 'fs takes a negative position for the current one',
    'open: flags that change nothing': 'memfs knows no O_PATH',
    'open: no direct I/O and no nameless files': 'memfs knows no O_TMPFILE',
    'gone: writing nothing is ENODEV too': 'memfs asks nobody when there is nothing to write',
  },
})
