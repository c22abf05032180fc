import { writeSync } from 'node:fs'
import type { Problem } from '../profile/index.ts'
import { RunError } from './error.ts'
import type { Ended } from './run.ts'

/** What a server says to whoever started it, once: one line of JSON. */
export type Status = Ready | Failed

/** Requests are answered. */
export interface Ready {
  readonly ready: true
  readonly mountpoint: string
  /** The number of the file system, as mountinfo has it: for those who have to find its users. */
  readonly device?: string
}

export interface Failed {
  readonly ready: false
  readonly error: string
  readonly problems?: readonly Problem[]
}

/** What the server of a program says when that has ended. */
export interface Finished {
  readonly ended: Ended
}

/**
 * Tells whoever started this process.
 *
 * @returns whether somebody listens
 */
export function tell(fd: number, status: Status | Finished): boolean {
  try {
    writeSync(fd, `${JSON.stringify(status)}\n`)
    return true
  } catch {
    return false
  }
}

/** What went wrong, as a status. Errors that crossed threads are plain objects. */
export function failure(error: unknown): Failed {
  const { message, problems } = error as { message?: string; problems?: readonly Problem[] }
  return { ready: false, error: message ?? String(error), ...(problems && { problems }) }
}

/**
 * What is said in a line. Throws a RunError with what the server complains about; also for an empty line: it died
 * without a word.
 */
export function parseStatus<T extends Status | Finished = Status>(line: string): Exclude<T, Failed> {
  if (line === '') {
    throw new RunError('The server ended without a word: mount with --foreground or --log to see why.')
  }
  const status = JSON.parse(line) as T | Failed
  if ('ready' in status && !status.ready) throw new RunError(status.error, status.problems)
  return status as Exclude<T, Failed>
}

/** Lines that a server says, until it is gone. */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let text = ''
  try {
    for await (const piece of stream) {
      text += piece
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        yield text.slice(0, end)
        text = text.slice(end + 1)
      }
    }
  } catch (error) {
    // a connection that is reset is one whose other side was killed
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
}
