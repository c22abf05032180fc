import { writeSync } from 'node:fs'
import type { Problem } from '../profile/index.ts'
import { RunError } from './error.ts'

/** What a server says to whoever started it, once: one line of JSON. */
export type Status =
  | { readonly ready: true; readonly mountpoint: string }
  | { readonly ready: true; readonly namespace: string }
  | { readonly ready: false; readonly error: string; readonly problems?: readonly Problem[] }

/** Tells whoever started this process, who may not be there any more. */
export function tell(fd: number, status: Status): void {
  try {
    writeSync(fd, `${JSON.stringify(status)}\n`)
  } catch {
    // nobody listens
  }
}

/** What went wrong, as a status. Errors that crossed threads are plain objects. */
export function failure(error: unknown): Status {
  const { message, problems } = error as { message?: string; problems?: readonly Problem[] }
  return { ready: false, error: message ?? String(error), ...(problems && { problems }) }
}

/**
 * The status in the first line of what a server said. Throws a RunError with what it complains about; also where it
 * died without a word.
 */
export function parseStatus(text: string): Exclude<Status, { ready: false }> {
  const line = text.split('\n')[0]!
  if (line === '')
    throw new RunError('The server ended without a word: mount with --foreground or --log to see why.')
  const status = JSON.parse(line) as Status
  if (!status.ready) throw new RunError(status.error, status.problems)
  return status
}

/** All that is said on a descriptor until the other end closes; a broken connection is an end too. */
export async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  try {
    for await (const piece of stream) text += piece
  } catch {
    // reset, since the other side was killed
  }
  return text
}
