import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What tells one mount namespace from another: `mnt:[4026531841]`; undefined where the process is gone. */
function mountNamespace(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return undefined
  }
}

/** Whether a process sees a file system: the third field of its mountinfo, as proc_pid_mountinfo(5) has it. */
function sees(pid: string, device: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'latin1').includes(` ${device} /`)
  } catch {
    return false
  }
}

/**
 * Processes that see a file system, by its device number (`0:53`), in whatever namespace but this one: also those that
 * made a namespace of their own meanwhile, and those whose parents are gone.
 */
function residents(device: string): number[] {
  const looked = new Map([[mountNamespace('self'), false]])
  return readdirSync('/proc')
    .filter(pid => {
      if (!/^\d+$/.test(pid)) return false
      const namespace = mountNamespace(pid)
      if (namespace === undefined) return false
      const known = looked.get(namespace) ?? sees(pid, device)
      looked.set(namespace, known)
      return known
    })
    .map(Number)
}

/** Rounds of looking for processes: one that is killed may just have started another. */
const ROUNDS = 200

/**
 * Kills every process that sees a file system.
 *
 * The caller has to hold the file system while it asks, by a mount or an open namespace: the kernel gives the numbers of
 * those that are gone to others.
 */
export async function killResidents(device: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const pids = residents(device)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // gone by itself
      }
    }
    await sleep(round < 10 ? 1 : 10)
  }
}
