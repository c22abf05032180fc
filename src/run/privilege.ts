import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { RunError } from './error.ts'

/** capabilities(7) */
const CAP_SYS_ADMIN = 21n

/** Whether mount(2) is allowed here: mount(8) wants the user to be root besides. */
function mayMount(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))
  return process.getuid!() === 0 && ((BigInt(`0x${effective?.[1] ?? '0'}`) >> CAP_SYS_ADMIN) & 1n) === 1n
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'latin1').trim()
  } catch {
    return undefined
  }
}

/** What forbids namespaces here, and what to do about it. */
function remedy(): string {
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'run as root, or allow them with `sysctl kernel.apparmor_restrict_unprivileged_userns=0`'
  }
  if (setting('kernel/unprivileged_userns_clone') === '0') {
    return 'run as root, or allow them with `sysctl kernel.unprivileged_userns_clone=1`'
  }
  if (setting('user/max_user_namespaces') === '0') {
    return 'run as root, or allow them with `sysctl user.max_user_namespaces=10000`'
  }
  return 'run as root; a container needs `--cap-add SYS_ADMIN --security-opt apparmor=unconfined --device /dev/fuse`'
}

/**
 * Arguments of unshare(1) for a private mount namespace, in a user namespace where that is needed. Throws a RunError
 * that says why there can be none.
 */
export function unshareArguments(): string[] {
  const mounts = ['-m', '--propagation', 'private']
  if (mayMount()) return mounts
  const args = ['-U', '-r', ...mounts]
  const { status, error } = spawnSync('unshare', [...args, 'true'], { stdio: 'ignore' })
  if (error) throw noUnshare(error)
  if (status !== 0) throw new RunError(`This user may not make user namespaces: ${remedy()}.`)
  return args
}

export function noUnshare(error: Error): RunError {
  return new RunError(
    `unshare(1) can not be run (${error.message}): it belongs to util-linux and has to be in PATH.`,
  )
}
