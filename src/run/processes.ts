import { readFileSync } from 'node:fs'

/** A field of proc_pid_status(5) that is a number; undefined where there is no such task. */
function statusField(task: number, field: string): number | undefined {
  try {
    const line = readFileSync(`/proc/${task}/status`, 'latin1')
      .split('\n')
      .find(each => each.startsWith(`${field}:`))
    return line === undefined ? undefined : Number(line.slice(field.length + 1))
  } catch {
    return undefined
  }
}

/** The words with which the process of a task was started; none where there is no such task. */
export function commandLine(task: number): readonly string[] {
  try {
    return readFileSync(`/proc/${task}/cmdline`, 'latin1').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** Whether the process of one task is an ancestor of that of another; FUSE names the thread that made a call. */
export function isAncestor(candidate: number, task: number): boolean {
  const ancestor = statusField(candidate, 'Tgid')
  if (ancestor === undefined) return false
  for (let pid = statusField(task, 'PPid'); pid !== undefined && pid > 1; pid = statusField(pid, 'PPid')) {
    if (pid === ancestor) return true
  }
  return false
}
