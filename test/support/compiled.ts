import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from './processes.ts'

/** Why C programs can not be built here; undefined where they can. */
export const noCompiler: string | undefined = spawnSync('cc', ['--version']).error
  ? 'there is no C compiler'
  : undefined

/** A program of one file, for as long as it is needed. */
export async function compiled(source: string) {
  const folder = mkdtempSync(join(tmpdir(), 'mdevfs-test-'))
  const path = join(folder, 'program')
  const { code, stderr } = await execute('cc', ['-Wall', '-Werror', '-o', path, source])
  if (code !== 0) throw new Error(stderr)
  return { path, [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }) }
}
