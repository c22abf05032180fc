import { buildMachine } from '../../src/profile/build.ts'
import { checkTogether } from '../../src/profile/combine.ts'
import { Profile } from '../../src/profile/profile.ts'
import { ProfileError, where } from '../../src/profile/text/problem.ts'
import { decodeSource } from '../../src/profile/text/read.ts'
import { Directory } from '../../src/sysfs/kernfs/directory.ts'
import { FileNode, O_RDONLY, O_WRONLY } from '../../src/sysfs/kernfs/file.ts'
import type { Node } from '../../src/sysfs/kernfs/node.ts'
import { Symlink } from '../../src/sysfs/kernfs/symlink.ts'
import { Completion } from '../../src/sysfs/lib/completion.ts'
import type { ReleaseName } from '../../src/sysfs/release.ts'

const root = { uid: 0, gid: 0, pid: 1 }

export function profileOf(text: string | Uint8Array, file = 'test.yaml'): Profile {
  return new Profile(decodeSource(file, typeof text === 'string' ? Buffer.from(text) : text))
}

/** `LINE:COLUMN MESSAGE` of all that is wrong with a profile, or nothing. */
export function complaints(text: string | Uint8Array): string[] {
  return failures(() => checkTogether([profileOf(text)], false)).map(line => line.replace('test.yaml:', ''))
}

/** `FILE:LINE:COLUMN MESSAGE` of all problems that the function fails with. */
export function failures(run: () => void): string[] {
  try {
    run()
    return []
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    return error.problems.map(problem => `${where(problem)} ${problem.message}`)
  }
}

/** The part of a profile below its head. */
export function withHead(body: string): string {
  return `mdevfs: 1\nname: test\nsummary: A test\n${body}`
}

/** A tree as a client sees it. */
export class Client {
  readonly #root: Directory

  constructor(profiles: readonly Profile[], kernel?: ReleaseName) {
    this.#root = buildMachine(profiles, { kernel }).kernel.root
  }

  /** A link at the end of the path is followed. */
  lookup(path: string): Node | undefined {
    const node = this.node(path)
    return node instanceof Symlink ? node.target : node
  }

  /** A link at the end of the path is what is meant. */
  node(path: string): Node | undefined {
    let node: Node | undefined = this.#root
    for (const step of path.split('/').filter(step => step !== '')) {
      if (node instanceof Symlink) node = node.target
      node = node instanceof Directory ? node.lookup(step) : undefined
    }
    return node
  }

  ls(path: string): string[] {
    const node = this.lookup(path)
    if (!(node instanceof Directory)) throw new Error(`${path} is no directory`)
    return node.list().map(({ name }) => name)
  }

  cat(path: string): string {
    return this.bytes(path).toString('utf8')
  }

  bytes(path: string): Buffer {
    return Buffer.from(this.#open(path, O_RDONLY).read(0, 4096))
  }

  put(path: string, text: string): void {
    const result = this.#open(path, O_WRONLY).write(Buffer.from(text), 0)
    if (result instanceof Completion) throw new Error(`writing to ${path} has to wait`)
  }

  #open(path: string, flags: number) {
    const node = this.lookup(path)
    if (!(node instanceof FileNode)) throw new Error(`${path} is no file`)
    return node.open(flags, root)
  }
}
