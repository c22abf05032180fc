import { readFileSync, statSync } from 'node:fs'
import {
  type Compiled,
  ConfigError,
  compile,
  type Dump,
  derive,
  type Problem,
  readDumps,
  readSysfsDevice,
} from '../../../pci/config/index.ts'
import { type Problem as LocatedProblem, ProfileError } from '../../../profile/index.ts'
import { CliError } from '../../report.ts'

/** A file, or standard input for `-`. */
export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError(`${file} can not be read (${code}); name a file, or - for standard input`)
  }
}

/** Mistakes with the file and the line they stand in. */
export function located(file: string, text: string, problems: readonly Problem[]): ProfileError {
  const lines = text.split(/\r?\n/)
  const place = ({ line, column, offset, message }: Problem): LocatedProblem => {
    const where = offset === undefined ? '' : ` (offset ${offset.toString(16)})`
    const excerpt = lines[line - 1]
    return {
      file,
      line,
      column,
      message: `${message}${where}`,
      text: '',
      ...(excerpt !== undefined && { excerpt: { line: excerpt, length: wordLength(excerpt, column) } }),
    }
  }
  return new ProfileError(problems.map(place))
}

function wordLength(line: string, column: number): number {
  return /^\S*/.exec(line.slice(column - 1))![0].length
}

function withFile<T>(file: string, text: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ConfigError) throw located(file, text, error.problems)
    throw error
  }
}

export function compileFile(file: string): Compiled {
  const text = readBytes(file).toString('utf8')
  return withFile(file, text, () => compile(text))
}

/** The functions that a directory in sysfs, a dump or a raw file holds. */
export function dumpsOf(path: string): readonly Dump[] {
  if (isDirectory(path)) return withFile(path, '', () => [readSysfsDevice(path)])
  const data = readBytes(path)
  return withFile(path, data.toString('latin1'), () => readDumps(data))
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** One of them: the only one, or the one at an address, of which the domain may be left out. */
export function dumpAt(path: string, address: string | undefined): Dump {
  const dumps = dumpsOf(path)
  const wanted = address?.replace(/^0000:/, '')
  const found = wanted ? dumps.filter(dump => dump.address?.replace(/^0000:/, '') === wanted) : dumps
  if (found.length === 1) return found[0]!
  const known = dumps.map(dump => dump.address ?? '?').join(', ')
  throw new CliError(
    `${path} holds ${dumps.length === 1 ? '' : 'the functions '}${known}; choose one of them with --device`,
  )
}

/** What a .vpci file describes, or what one would that is derived from something else. */
export function imageOf(path: string): Compiled {
  if (!isDirectory(path)) {
    const text = readBytes(path).toString('utf8')
    if (/^(?:\s*#.*\n|\s)*vpci\s/.test(text)) return withFile(path, text, () => compile(text))
  }
  const { bytes, barSizes } = dumpAt(path, undefined)
  return withFile(path, '', () => compile(derive(bytes, { barSizes })))
}
