import { constants } from 'node:fs'
import type { ExecutionContext } from 'ava'
import type { File, Frontend } from './frontend.ts'

/** What one case does; failed expectations are those of ava. */
export type Case = (frontend: Frontend, t: ExecutionContext) => Promise<void>
/** By names that say what holds. */
export type Cases = Readonly<Record<string, Case>>

export const { O_RDONLY, O_WRONLY, O_RDWR, O_TRUNC, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants
export const { O_DIRECTORY, O_DIRECT, O_SYNC, O_NOATIME } = constants
/** What Node has no names for; the same on every architecture that it runs on. */
export const O_PATH = 0o10000000
export const O_TMPFILE = 0o20000000 | O_DIRECTORY

/** The errno that a call fails with, or what it gives. */
export async function answer(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return code
  }
}

/** The call fails with that errno. */
export async function fails(t: ExecutionContext, errno: string, call: Promise<unknown>): Promise<void> {
  t.is(await answer(call), errno)
}

/** Opens, does something, closes. */
export async function using<T>(
  frontend: Frontend,
  path: string,
  flags: number,
  act: (file: File) => Promise<T>,
): Promise<T> {
  const file = await frontend.open(path, flags)
  try {
    return await act(file)
  } finally {
    await file.close()
  }
}

/** All that a file has, as cat(1) reads it. */
export function cat(frontend: Frontend, path: string): Promise<string> {
  return using(frontend, path, O_RDONLY, async file => {
    let text = ''
    for (;;) {
      const piece = await file.read(65536)
      if (piece === '') return text
      text += piece
    }
  })
}

/** One write of the whole text. */
export function put(frontend: Frontend, path: string, text: string): Promise<number> {
  return using(frontend, path, O_WRONLY, file => file.write(text))
}
