import { closeSync, writeSync } from 'node:fs'

/** What a server says on its status descriptor, once: one line of JSON. */
export type Status =
  | { readonly ready: true; readonly mountpoint: string }
  | { readonly ready: false; readonly error: string }

/** Tells whoever started this process, who then may go away. */
export function tell(fd: number, status: Status): void {
  try {
    writeSync(fd, `${JSON.stringify(status)}\n`)
    closeSync(fd)
  } catch {
    // nobody listens any more
  }
}

/** The status in what was read until the other end closed; undefined where the server died without a word. */
export function parseStatus(text: string): Status | undefined {
  const line = text.split('\n')[0]!
  return line === '' ? undefined : (JSON.parse(line) as Status)
}

/** The sentence that a person gets for an error, whatever it is. */
export function sentence(error: unknown): string {
  return error instanceof Error || isErrorLike(error) ? error.message : String(error)
}

/** Errors that crossed threads are plain objects. */
function isErrorLike(error: unknown): error is { message: string } {
  return (
    typeof error === 'object' &&
    error !== null &&
    typeof (error as { message?: unknown }).message === 'string'
  )
}
