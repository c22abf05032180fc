import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Ended } from './run.ts'

/** Passes on to a child what a program in the foreground would get, and outlives it. */
export function forwardSignals(child: ChildProcess): void {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => child.kill(signal))
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      if (!inForeground()) child.kill(signal)
    })
  }
}

/** Whether this group is in a terminal's foreground: what is typed there reaches all of the group, the child included. */
function inForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  // proc_pid_stat(5), behind the name in parentheses: state ppid pgrp session tty_nr tpgid
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return group === foreground
}

/** Signals that leave a core: one core is enough. */
const CORE: readonly NodeJS.Signals[] = [
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
]

/** Ends as a child ended: with its status, or by its signal. */
export function endAs({ exitCode, signal }: Ended): never {
  if (signal && !CORE.includes(signal)) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  // a shell says the same of a command that a signal ended
  process.exit(exitCode ?? 128 + constants.signals[signal!])
}
