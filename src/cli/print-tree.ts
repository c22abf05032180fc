import { Directory } from '../sysfs/kernfs/directory.ts'
import { type FileNode, O_RDONLY } from '../sysfs/kernfs/file.ts'
import { type Node, PAGE_SIZE } from '../sysfs/kernfs/node.ts'
import { Symlink } from '../sysfs/kernfs/symlink.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { CliError } from './report.ts'

const READER = { uid: 0, gid: 0, pid: process.pid }

/** Content beyond this many bytes is only counted. */
const SHOWN = 120

/** Lines of a tree, in the kernel's order: names, modes, and contents or targets. */
export function* printTree(root: Directory, path: string): Iterable<string> {
  const node = resolve(root, path)
  yield path
  if (node instanceof Directory) yield* below(node, '')
  else yield describe(node)
}

function* below(directory: Directory, indent: string): Iterable<string> {
  for (const { name } of directory.list()) {
    const node = directory.lookup(name)
    if (!node) continue
    yield `${indent}  ${name}${describe(node)}`
    if (node instanceof Directory) yield* below(node, `${indent}  `)
  }
}

function describe(node: Node): string {
  if (node instanceof Directory) return '/'
  if (node instanceof Symlink) return ` -> ${node.text}`
  return `  ${node.permissions.toString(8).padStart(4, '0')}  ${content(node as FileNode)}`
}

/** What reading gives, as a JSON string, or the errno. */
function content(node: FileNode): string {
  if (!(node.permissions & 0o444)) return '(write only)'
  try {
    const file = node.open(O_RDONLY, READER)
    try {
      const text = Buffer.from(file.read(0, PAGE_SIZE)).toString('latin1')
      return text.length > SHOWN
        ? `${JSON.stringify(text.slice(0, SHOWN))}... (${text.length} bytes)`
        : JSON.stringify(text)
    } finally {
      file.release()
    }
  } catch (error) {
    if (error instanceof Errno) return `(${error.code})`
    throw error
  }
}

/** Follows links, as a path in a shell does. */
function resolve(root: Directory, path: string): Node {
  let node: Node = root
  for (const name of path.split('/').filter(part => part !== '' && part !== '.')) {
    if (node instanceof Symlink) node = node.target
    const next: Node | undefined =
      name === '..' ? node.parent : node instanceof Directory ? node.lookup(name) : undefined
    if (!next)
      throw new CliError(
        `${path} is not there: ${node.path} has no ${name} (mdevfs tree ${node.path} lists it).`,
      )
    node = next
  }
  return node instanceof Symlink ? node.target : node
}
