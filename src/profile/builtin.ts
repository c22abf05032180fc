import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SUFFIX = '.yaml'

/** A profile that comes with the package. */
export interface BuiltinProfile {
  readonly name: string
  /** One line. */
  readonly summary: string
  readonly file: string
}

/** The folder of the built-in profiles: beside package.json, wherever compiled code lies. */
export function profileFolder(): string {
  for (let url = new URL('.', import.meta.url); ; url = new URL('..', url)) {
    const folder = fileURLToPath(new URL('profiles', url))
    if (existsSync(fileURLToPath(new URL('package.json', url))) && existsSync(folder)) return folder
    if (url.pathname === '/')
      throw new Error(`the package has no folder of profiles above ${import.meta.url}`)
  }
}

export function builtinNames(): string[] {
  return readdirSync(profileFolder())
    .filter(file => file.endsWith(SUFFIX))
    .map(file => file.slice(0, -SUFFIX.length))
    .sort()
}

export function builtinFile(name: string): string {
  return join(profileFolder(), `${name}${SUFFIX}`)
}

/** All built-in profiles; only the first lines of their files are looked at. */
export function listProfiles(): BuiltinProfile[] {
  return builtinNames().map(name => {
    const file = builtinFile(name)
    return { name, summary: summaryOf(file), file }
  })
}

/** Built-in profiles have their summary on one plain line near the top. */
function summaryOf(file: string): string {
  const head = Buffer.alloc(1024)
  const fd = openSync(file, 'r')
  try {
    return /^summary: (.*)$/m.exec(head.toString('utf8', 0, readSync(fd, head)))?.[1] ?? ''
  } finally {
    closeSync(fd)
  }
}
