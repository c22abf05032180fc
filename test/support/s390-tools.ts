import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What .ci/s390-tools unpacked, seen from the compiled tests. */
const ROOT = fileURLToPath(new URL('../../../.ci/s390x', import.meta.url))
const QEMU = 'qemu-s390x-static'

/** Why Debian's s390-tools can not be run here; undefined where they can. */
export const noS390Tools: string | undefined = (() => {
  if (spawnSync(QEMU, ['--version']).error) return `there is no ${QEMU} (Debian's qemu-user-static)`
  if (!existsSync(`${ROOT}/sbin/lscss`)) return '.ci/s390-tools has not unpacked s390-tools'
  return undefined
})()

/** The command line that runs one of the s390-tools, which are built for s390x. */
export function s390Tool(name: string, ...args: string[]): readonly [command: string, args: string[]] {
  return [QEMU, ['-L', ROOT, `${ROOT}/sbin/${name}`, ...args]]
}
