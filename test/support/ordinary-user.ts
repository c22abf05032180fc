import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { execute, MDEVFS, type Output } from './processes.ts'

const SETPRIV = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'] as const

/** Where {@link asUser} shows this checkout. */
export const USERS_MDEVFS = '/mnt/bin/mdevfs.js'

/**
 * Runs a program as somebody who is nobody in particular, in a mount namespace of its own. Whatever directory this was
 * cloned to, he may read it: it is bound to a place of its own.
 */
export function asUser(...command: string[]): Promise<Output> {
  const script = ['mount --bind "$1" /mnt; shift', `exec ${SETPRIV.join(' ')} "$@"`]
  const root = dirname(dirname(MDEVFS))
  return execute('unshare', [
    ...['-m', '--propagation', 'private', 'sh', '-e', '-c', script.join('\n'), 'sh', root],
    ...command,
  ])
}

/** Why a shell script fails for him, if it does. */
export function whyUserCanNot(script: string): string | undefined {
  const { status, error, stderr } = spawnSync(SETPRIV[0], [...SETPRIV.slice(1), 'sh', '-c', script])
  if (status === 0) return undefined
  return `uid 1000 can not: ${error?.message ?? (stderr.toString().trim() || 'no permission')}`
}
