import { endAs, forwardSignals, type Running } from '../run/index.ts'
import { showProgress } from './progress.ts'

/** The user's shell, with a prompt that says where one is. */
export function shell(profiles: readonly string[]): { command: string[]; env: Record<string, string> } {
  const place = `(mdevfs ${profiles.join('+')}) `
  return {
    command: [process.env['SHELL'] ?? '/bin/sh'],
    env: {
      MDEVFS: profiles.join('+'),
      PS1: `${place}${process.env['PS1'] ?? '# '}`,
      // bash sets PS1 in its start-up files: this comes after them
      PROMPT_COMMAND: `[[ $PS1 == "${place}"* ]] || PS1="${place}$PS1"`,
    },
  }
}

/** Waits for a program in the foreground, and ends as it ended. */
export async function follow({ process: child, started, ended }: Running): Promise<void> {
  forwardSignals(child)
  await showProgress('Building the machine', started)
  endAs(await ended)
}
