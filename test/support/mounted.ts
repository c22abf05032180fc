import { type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, killGroup, MDEVFS, start } from './processes.ts'

/** A machine that a server process of its own shows below a temporary directory. */
export interface Mounted extends AsyncDisposable {
  readonly directory: string
  readonly server: ChildProcess
}

export function isMounted(directory: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${directory} `)
}

/** Directories below that one where something is mounted, the last mounted first. */
export function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4] ?? '')
    .filter(mount => mount.startsWith(`${directory}/`))
    .reverse()
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'mdevfs-test-'))
}

/** Takes away whatever is on a directory, living or dead, and the directory. */
export function clear(directory: string): void {
  if (isMounted(directory)) {
    spawnSync('umount', ['-i', '-f', directory])
    spawnSync('umount', ['-i', '-l', directory])
  }
  if (existsSync(directory)) rmdirSync(directory)
}

/** Starts `mdevfs mount --foreground` and waits until it is READY. */
export async function mounted(args: readonly string[], directory = temporaryDirectory()): Promise<Mounted> {
  const server = start(process.execPath, [MDEVFS, 'mount', directory, '--foreground', ...args])
  let said = ''
  let complained = ''
  server.stdout!.setEncoding('utf8').on('data', text => {
    said += text
  })
  server.stderr!.setEncoding('utf8').on('data', text => {
    complained += text
  })
  const ready = await eventually(() => said.includes('READY\n') || server.exitCode !== null)
  if (!ready || server.exitCode !== null) {
    killGroup(server)
    clear(directory)
    throw new Error(`the server did not get ready: ${complained}`)
  }
  return {
    directory,
    server,
    async [Symbol.asyncDispose]() {
      if (isMounted(directory)) spawnSync('umount', ['-i', directory])
      await eventually(() => server.exitCode !== null || server.signalCode !== null)
      killGroup(server)
      clear(directory)
      if (complained !== '') throw new Error(`the server complained: ${complained}`)
    },
  }
}
