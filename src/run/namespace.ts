import { readdirSync, readlinkSync } from 'node:fs'

/** What tells one mount namespace from another: `mnt:[4026531841]`; undefined where the process is gone. */
export function mountNamespace(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return undefined
  }
}

/** Rounds of looking for processes: one that is killed may just have started another. */
const ROUNDS = 10

/** Kills every process of a mount namespace, whatever became of its parents. */
export function killNamespace(namespace: string): void {
  for (let round = 0; round < ROUNDS; round++) {
    const pids = readdirSync('/proc').filter(
      name => /^\d+$/.test(name) && mountNamespace(Number(name)) === namespace,
    )
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // gone by itself
      }
    }
  }
}
