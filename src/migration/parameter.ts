import { Errno } from '../sysfs/lib/errno.ts'
import { SyntaxProblem } from './syntax-problem.ts'

export type ParameterType = 'bool' | 'int' | 'enum' | 'str'

/** A range of ints, both ends included. */
export type IntRange = readonly [low: bigint, high: bigint]

/** A migration parameter of the VFIO Migration RFCs: only what has to be the same on both sides. */
export interface Parameter {
  readonly name: string
  readonly type: ParameterType
  /** What a new device has. */
  readonly init: string
  /** The value that means that it is not there; absent where it can not be switched off. */
  readonly off?: string
  /** Ranges of an int. */
  readonly ranges?: readonly IntRange[]
  /** Words of an enum or str, or the one that a bool may be. */
  readonly words?: readonly string[]
  readonly description?: string
  /** It affects the representation of state alone, so it may be written while the device is open. */
  readonly runtime?: boolean
}

const LONGEST_NAME = 255

/** RFC v2: UTF-8 without `=`, `/` or white space; as a file name, 1 to 255 bytes and not `.` or `..`. */
export function checkParameterName(name: string): void {
  const bad = /[=/\s\0]/u.exec(name)
  if (bad)
    throw new SyntaxProblem(name, bad.index, 'a name of a parameter has no =, slash, NUL or white space')
  if (name === '' || name === '.' || name === '..') throw new SyntaxProblem(name, 0, 'a name is wanted')
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw new SyntaxProblem(name, LONGEST_NAME, `a name has at most ${LONGEST_NAME} bytes, and more follows`)
}

/** One of `allowed_values` of an int: `512` or `0-255`. */
export function parseIntRange(text: string): IntRange {
  const match = /^(\d{1,19})(?:-(\d{1,19}))?$/.exec(text)
  if (!match)
    throw new SyntaxProblem(
      text,
      /^\d*-?\d*/.exec(text)![0].length,
      'a number or a range such as 0-255 is wanted',
    )
  const low = BigInt(match[1]!)
  const high = BigInt(match[2] ?? match[1]!)
  if (high < low) throw new SyntaxProblem(text, match[1]!.length + 1, 'a range ends below its beginning')
  return [low, high]
}

/**
 * The value of the parameter that a text means, in its one spelling: `on` and `off`, decimals. EINVAL for anything
 * malformed or not allowed.
 */
export function parseParameterValue(parameter: Parameter, text: string): string {
  const refuse = (why: string) => new Errno('EINVAL', `${parameter.name}: ${JSON.stringify(text)} ${why}`)
  switch (parameter.type) {
    case 'bool':
      if (text !== 'on' && text !== 'off') throw refuse('is neither on nor off')
      if (parameter.words && !parameter.words.includes(text)) throw refuse('is not allowed')
      return text
    case 'int': {
      if (!/^\d{1,19}$/.test(text)) throw refuse('is no number')
      const value = BigInt(text)
      if (parameter.ranges && !parameter.ranges.some(([low, high]) => value >= low && value <= high))
        throw refuse('is not allowed')
      return String(value)
    }
    case 'enum':
    case 'str':
      if (/[\n\0]/.test(text)) throw refuse('is more than a line')
      if (parameter.words && !parameter.words.includes(text)) throw refuse('is not allowed')
      return text
  }
}
