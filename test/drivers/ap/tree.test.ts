import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { FileNode } from '../../../src/sysfs/kernfs/file.ts'
import { Symlink } from '../../../src/sysfs/kernfs/symlink.ts'
import { Errno } from '../../../src/sysfs/lib/errno.ts'
import { host } from './host.ts'

const recorded = fileURLToPath(
  new URL('../../../../test/oracle/recorded/s390x-6.12-ap-tree.txt', import.meta.url),
)

test('the host of the recording is listed as the kernel listed it, file by file', t => {
  const { sh, wait } = host('6.12')
  wait(1000)
  for (const line of readFileSync(recorded, 'utf8').trimEnd().split('\n')) {
    const [path] = line.split(' ', 1)
    const node = sh.lstat(path!)
    const mode = `0${node.permissions.toString(8).padStart(3, '0')}`
    let answer: string
    if (node instanceof Symlink) answer = `${path} -> ${node.text}`
    else if (node instanceof FileNode) {
      try {
        answer = `${path} ${mode} ${node.size} ${JSON.stringify(sh.cat(path!))}`
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        answer = `${path} ${mode} ${node.size} open:${error.code}`
      }
    } else answer = `${path} ${mode} nlink=${node.nlink}`
    t.is(answer, line)
  }
})
