import { assemble, type Image } from './assemble.ts'
import { ConfigError, type Layout, type Problem } from './layout.ts'
import { parse } from './parse.ts'

export interface Compiled extends Image {
  /** Of the instance type. */
  readonly name: string | undefined
  readonly version: string | undefined
  readonly layout: Layout
}

/**
 * The bytes that a text describes, and which of their bits software changes. That they make a sound device is for
 * `check()` to say.
 *
 * @throws ConfigError with all that can not be understood or put anywhere
 */
export function compile(text: string): Compiled {
  const { layout, problems } = parse(text)
  const { bytes, writable, problems: assembly } = assemble(layout)
  if (problems.length + assembly.length > 0) throw new ConfigError(inOrder([...problems, ...assembly]))
  return { name: layout.name, version: layout.version, bytes, writable, layout }
}

/** By the places in the text. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}
