import { isUtf8 } from 'node:buffer'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type Problem, ProfileError, problemAt, problemOf } from './problem.ts'
import { Source } from './source.ts'

/** Bytes that a profile may have. */
export const MAX_BYTES = 4 * 1024 * 1024

/** Reads a profile's text. Throws a {@link ProfileError} for what is no readable, plain UTF-8 text of a sane size. */
export function readSource(file: string): Source {
  let bytes: Buffer
  try {
    bytes = readUpTo(file, MAX_BYTES + 1)
  } catch (error) {
    throw new ProfileError([problemOf(file, unreadable(error))])
  }
  return decodeSource(file, bytes)
}

/** The text of a profile from its bytes. */
export function decodeSource(file: string, bytes: Uint8Array): Source {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  if (mark === 0xfeff || mark === 0xfffe)
    throw new ProfileError([problemOf(file, 'this is UTF-16; save the profile as UTF-8')])
  // a byte order mark is taken off by TextDecoder
  const source = new Source(file, new TextDecoder().decode(bytes.subarray(0, MAX_BYTES)))
  const problem = findControlCharacter(source) ?? findMalformed(source, bytes) ?? findEnd(source, bytes)
  if (problem) throw new ProfileError([problem])
  return source
}

function readUpTo(file: string, limit: number): Buffer {
  const fd = openSync(file, 'r')
  try {
    if (fstatSync(fd).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    const chunks: Buffer[] = []
    let left = limit
    while (left > 0) {
      const chunk = Buffer.allocUnsafe(Math.min(left, 1 << 16))
      const count = readSync(fd, chunk)
      if (count === 0) break
      chunks.push(chunk.subarray(0, count))
      left -= count
    }
    return Buffer.concat(chunks)
  } finally {
    closeSync(fd)
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file; `mdevfs profiles` lists the built-in profiles'
    case 'EISDIR':
      return 'this is a directory; a profile is one YAML file'
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read; check its permissions'
    default:
      return `the file can not be read (${code})`
  }
}

function findControlCharacter(source: Source): Problem | undefined {
  const at = source.text.search(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/)
  if (at < 0) return undefined
  const code = source.text.charCodeAt(at).toString(16).padStart(2, '0')
  return problemAt(
    source,
    { start: at, end: at + 1 },
    `a control character (0x${code}) stands here; a profile is plain text in YAML`,
  )
}

/** The decoder puts U+FFFD for each malformed byte; one that the file spells out itself is none. */
function findMalformed(source: Source, bytes: Uint8Array): Problem | undefined {
  const whole = bytes.subarray(0, MAX_BYTES)
  // a character may be cut by the limit; then the file is too large anyway
  if (bytes.length > MAX_BYTES || isUtf8(whole)) return undefined
  const { text } = source
  const bom = whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? 3 : 0
  let offset = bom
  let from = 0
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    offset += Buffer.byteLength(text.slice(from, at))
    if (whole[offset] !== 0xef || whole[offset + 1] !== 0xbf || whole[offset + 2] !== 0xbd) {
      const byte = whole[offset]!.toString(16).padStart(2, '0')
      return problemAt(
        source,
        { start: at, end: at + 1 },
        `the byte 0x${byte} is not UTF-8; save the profile as UTF-8`,
      )
    }
    from = at
  }
  return undefined
}

function findEnd(source: Source, bytes: Uint8Array): Problem | undefined {
  if (bytes.length <= MAX_BYTES) return undefined
  const end = source.text.length
  return problemAt(
    source,
    { start: end - 1, end },
    `the profile is larger than ${MAX_BYTES / 1024 / 1024} MiB, which ends here; split it into several, or use ranges`,
  )
}
