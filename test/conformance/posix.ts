import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { File, Frontend } from './frontend.ts'

/** Why the client can not be run, if so. */
export function noClient(): string | undefined {
  return spawnSync('python3', ['--version']).status === 0 ? undefined : 'python3 is not installed'
}

type Call = <T>(op: string, ...args: unknown[]) => Promise<T>

/** One process that makes the calls, in the order in which they are asked for (posix.py). */
class Client {
  readonly #child: ChildProcess
  readonly #waiting: ((answer: string | undefined) => void)[] = []

  constructor() {
    // the source stays in test/ while this runs in dist/test/
    const script = fileURLToPath(new URL('../../../test/conformance/posix.py', import.meta.url))
    this.#child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout! }).on('line', line => this.#waiting.shift()!(line))
    this.#child.on('exit', () => {
      for (const resolve of this.#waiting) resolve(undefined)
    })
  }

  async call<T>(uid: number, op: string, args: readonly unknown[]): Promise<T> {
    const answer = new Promise<string | undefined>(resolve => this.#waiting.push(resolve))
    this.#child.stdin!.write(`${JSON.stringify({ uid, op, args })}\n`)
    const line = await answer
    if (line === undefined) throw new Error(`the client ended during ${op}`)
    const { value, errno } = JSON.parse(line)
    if (errno !== undefined) throw Object.assign(new Error(`${op}: ${errno}`), { code: errno })
    return value
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}

/**
 * System calls on a directory.
 *
 * @param root where the root of the machine is; empty for the machine that this is
 * @param command what the tree is asked by
 */
export function posixFrontend(root: string, command: Frontend['command']): Frontend {
  return frontend(root, command, new Client(), 0)
}

function frontend(root: string, command: Frontend['command'], client: Client, uid: number): Frontend {
  const call: Call = (op, ...args) => client.call(uid, op, args)
  const at = (op: string) => {
    return <T>(path: string, ...args: unknown[]): Promise<T> => call(op, `${root}${path}`, ...args)
  }
  const between = (op: string) => (from: string, to: string) =>
    call<void>(op, `${root}${from}`, `${root}${to}`)
  return {
    open: async (path, flags) => file(call, await at('open')(path, flags)),
    stat: at('stat'),
    lstat: at('lstat'),
    statfs: at('statfs'),
    readlink: at('readlink'),
    access: at('access'),
    mkdir: at('mkdir'),
    rmdir: at('rmdir'),
    unlink: at('unlink'),
    rename: between('rename'),
    symlink: (target, path) => call('symlink', target, `${root}${path}`),
    link: between('link'),
    mknod: at('mknod'),
    chmod: at('chmod'),
    chown: at('chown'),
    utime: at('utime'),
    truncate: at('truncate'),
    getxattr: at('getxattr'),
    setxattr: at('setxattr'),
    removexattr: at('removexattr'),
    listxattr: at('listxattr'),
    as: user => frontend(root, command, client, user),
    another: async () => posixFrontend(root, command),
    command,
    close: async () => client.close(),
  }
}

function file(call: Call, fd: number): File {
  const on = (op: string) => {
    return <T>(...args: unknown[]): Promise<T> => call(op, fd, ...args)
  }
  return {
    read: on('read'),
    pread: on('pread'),
    write: on('write'),
    pwrite: on('pwrite'),
    writev: on('writev'),
    sendfile: on('sendfile'),
    lseek: on('lseek'),
    fstat: on('fstat'),
    poll: on('poll'),
    getdents: on('getdents'),
    ftruncate: on('ftruncate'),
    fchmod: on('fchmod'),
    fsync: on('fsync'),
    fallocate: on('fallocate'),
    flock: on('flock'),
    mmap: on('mmap'),
    ioctl: on('ioctl'),
    openat: async (name, flags) => file(call, await on('openat')(name, flags)),
    close: on('close'),
  }
}
