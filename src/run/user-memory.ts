import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { Errno } from '../sysfs/lib/errno.ts'
import type { UserMemory } from '../sysfs/lib/user-memory.ts'

/**
 * The memory of a caller by way of proc(5). A task that waits for a FUSE reply can not end before it, not by a signal either,
 * so its number is no other's meanwhile. EFAULT also where ptrace(2) is not allowed.
 */
export const procMemory: UserMemory = {
  copyFrom(task, address, length) {
    assertMapped(task, address, length, 'r')
    const bytes = Buffer.alloc(length)
    transfer(task, 'r', length, fd => readSync(fd, bytes, 0, length, address))
    return bytes
  },
  copyTo(task, address, bytes) {
    assertMapped(task, address, bytes.length, 'w')
    transfer(task, 'r+', bytes.length, fd => writeSync(fd, bytes, 0, bytes.length, Number(address)))
  },
}

function transfer(task: number, flags: 'r' | 'r+', length: number, action: (fd: number) => number): void {
  let fd: number | undefined
  try {
    fd = openSync(`/proc/${task}/mem`, flags)
    if (action(fd) === length) return
  } catch {
    // whatever went wrong, the kernel's word for it is the one below
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
  throw fault(task)
}

/**
 * /proc/PID/mem lets a debugger write to what the process itself may not: the mappings decide, as they would for him. Pages of
 * a FUSE file are refused: filling them in may take a reply of this very thread.
 */
function assertMapped(task: number, address: bigint, length: number, right: 'r' | 'w'): void {
  // position of writeSync() is a number
  if (task === 0 || address + BigInt(length) > BigInt(Number.MAX_SAFE_INTEGER)) throw fault(task)
  let reached = address
  const end = address + BigInt(length)
  for (const line of lines(task, 'maps')) {
    const [, from, to, rights, device] = /^(\w+)-(\w+) (\S+) \w+ (\S+)/.exec(line) ?? []
    if (from === undefined || BigInt(`0x${to}`) <= reached) continue
    if (BigInt(`0x${from}`) > reached || !rights!.includes(right) || mayBeFuse(task, device!)) break
    reached = BigInt(`0x${to}`)
    if (reached >= end) return
  }
  throw fault(task)
}

/** @param device as in maps, `00:00` for memory of no file */
function mayBeFuse(task: number, device: string): boolean {
  const [major, minor] = device.split(':').map(part => Number.parseInt(part, 16))
  if (major !== 0 || minor === 0) return false
  const mount = lines(task, 'mountinfo').find(line => line.split(' ', 3)[2] === `0:${minor}`)
  return mount === undefined || mount.includes(' - fuse')
}

function lines(task: number, file: 'maps' | 'mountinfo'): string[] {
  try {
    return readFileSync(`/proc/${task}/${file}`, 'latin1').split('\n')
  } catch {
    throw fault(task)
  }
}

function fault(task: number): Errno {
  return new Errno('EFAULT', `memory of task ${task}`)
}
