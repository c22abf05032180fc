import { spawn } from 'node:child_process'
import { constants, openSync, statSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { FuseError } from './error.ts'
import { canonical, FILE_SYSTEM_TYPE, mountAt, mounts } from './mountinfo.ts'

/** The control file system of FUSE: a directory for each connection. */
const FUSECTL = '/sys/fs/fuse/connections'

/** How a file system gets away from its place. */
export interface Unmounter {
  /** Throws a FuseError where it is busy. */
  unmount(directory: string): Promise<void>
  /** Ends the connection, whoever uses it, and takes the mount away. */
  abort(directory: string): Promise<void>
}

/** How a file system gets to its place; there may be others than mount(8). */
export interface Mounter extends Unmounter {
  /** @param fd an open /dev/fuse; throws a FuseError that says why it can not be */
  mount(fd: number, directory: string): Promise<void>
  /** Ends a connection by its number, wherever it may still be mounted. */
  disconnect(connection: string): Promise<void>
}

/** Opens /dev/fuse; children do not inherit it. */
export function openFuse(): number {
  try {
    return openSync('/dev/fuse', constants.O_RDWR)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') {
      throw new FuseError(
        'This system has no /dev/fuse: load the kernel module (modprobe fuse), or give the container --device /dev/fuse.',
      )
    }
    if (code === 'EACCES' || code === 'EPERM') {
      throw new FuseError(
        'No permission to open /dev/fuse: run as root, or make it readable and writable for this user.',
      )
    }
    throw new FuseError(`/dev/fuse can not be opened: ${(error as Error).message}.`)
  }
}

/**
 * Makes a directory ready to be mounted on: what a killed server left there is cleared away; a living mount is not.
 *
 * @returns its path without links
 */
export async function prepareMountpoint(directory: string, mounter: Unmounter): Promise<string> {
  let path: string
  try {
    path = canonical(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new FuseError(
      code === 'ENOENT'
        ? `There is no directory ${directory}: make it first (mkdir -p ${directory}).`
        : `${directory} can not be used as a mount point: ${(error as Error).message}.`,
    )
  }
  await clearDead(path, mounter)
  if (!statSync(path).isDirectory()) {
    throw new FuseError(`${directory} is not a directory: name one to mount on.`)
  }
  if (mountAt(path)?.type === FILE_SYSTEM_TYPE) {
    throw new FuseError(
      `mdevfs is mounted on ${directory} already: unmount it first (mdevfs umount ${directory}).`,
    )
  }
  return path
}

/** Takes away mounts whose servers are gone. */
export async function clearDead(directory: string, mounter: Unmounter): Promise<void> {
  while (await isDead(directory)) {
    const before = mountsAt(directory)
    await mounter.abort(directory)
    if (mountsAt(directory) < before) continue
    throw new FuseError(
      `${directory} is a mount whose server is gone, and this user may not take it away: run umount -l ${directory} as root.`,
    )
  }
}

function mountsAt(path: string): number {
  return mounts().filter(({ directory }) => directory === path).length
}

/** statfs(2) always asks the server; what stat(2) says may be remembered. */
async function isDead(directory: string): Promise<boolean> {
  try {
    await statfs(directory)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTCONN'
  }
}

/** mount(8) with the descriptor inherited: needs CAP_SYS_ADMIN in the mount's user namespace, and nothing installed. */
export const kernelMounter: Mounter = {
  async mount(fd, directory) {
    const options = [
      'fd=3',
      'rootmode=40000',
      `user_id=${process.getuid!()}`,
      `group_id=${process.getgid!()}`,
      'default_permissions',
      ...(process.getuid!() === 0 ? ['allow_other'] : []),
      'nosuid',
      'nodev',
      'noexec',
    ]
    const { status, stderr } = await command(
      'mount',
      ['-i', '-t', FILE_SYSTEM_TYPE, '-o', options.join(','), `mdevfs:${process.pid}`, directory],
      fd,
    )
    if (status === 0) return
    if (/permission denied|must be superuser|only root|not permitted/i.test(stderr)) {
      throw new FuseError(
        `No permission to mount on ${directory}: run as root, or in a user namespace (mdevfs run does that by itself).`,
      )
    }
    throw new FuseError(
      `mount on ${directory} failed: ${stderr.trim().replace(/\s+/g, ' ') || `exit status ${status}`}.`,
    )
  },

  async unmount(directory) {
    const { status, stderr } = await command('umount', ['-i', directory])
    if (status !== 0)
      throw new FuseError(`umount ${directory} failed: ${stderr.trim() || `exit status ${status}`}.`)
  },

  async abort(directory) {
    // -f ends the connection although the mount stays where it is busy; -l takes it away then
    const { status } = await command('umount', ['-i', '-f', directory])
    if (status !== 0) await command('umount', ['-i', '-l', directory])
  },

  async disconnect(connection) {
    const abort = `${FUSECTL}/${connection}/abort`
    try {
      writeFileSync(abort, '1')
    } catch {
      // fusectl is not mounted everywhere: for this one word it is, where nobody sees it
      const script = 'mount -i -t fusectl none "$1" && echo 1 >"$2"'
      await command('unshare', ['-m', 'sh', '-c', script, 'sh', FUSECTL, abort])
    }
  },
}

/** fusermount(1), for what an ordinary user mounted with it. */
export const fusermountUnmounter: Unmounter = {
  async unmount(directory) {
    const { status, stderr } = await command('fusermount', ['-u', directory])
    if (status !== 0)
      throw new FuseError(`fusermount -u ${directory} failed: ${stderr.trim() || `exit status ${status}`}.`)
  },

  async abort(directory) {
    await command('fusermount', ['-u', '-z', directory])
  },
}

/** Who can take away what this user may have mounted. */
export function unmounterOf(): Unmounter {
  return process.getuid!() !== 0 && fusermount() !== undefined ? fusermountUnmounter : kernelMounter
}

const S_ISUID = 0o4000

/** The setuid fusermount that libfuse runs for ordinary users; undefined where there is none. */
export function fusermount(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, 'fusermount')
    if (isSetuidRoot(program)) return program
  }
  return undefined
}

/** False too for what one may not look at: PATH can name folders of others. */
function isSetuidRoot(program: string): boolean {
  try {
    const found = statSync(program)
    return found.isFile() && found.uid === 0 && (found.mode & S_ISUID) !== 0
  } catch {
    return false
  }
}

/** @param fd what the child gets as descriptor 3, and no other does */
function command(
  name: string,
  args: string[],
  fd?: number,
): Promise<{ status: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, {
      stdio: ['ignore', 'ignore', 'pipe', ...(fd === undefined ? [] : [fd])],
      env: { ...process.env, LC_ALL: 'C' },
    })
    let stderr = ''
    child.stderr!.setEncoding('utf8').on('data', text => {
      stderr += text
    })
    child.on('error', error =>
      reject(
        new FuseError(
          `${name}(8) can not be run (${error.message}): it belongs to util-linux and has to be in PATH.`,
        ),
      ),
    )
    child.on('close', status => resolve({ status, stderr }))
  })
}
