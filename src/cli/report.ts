import pc from 'picocolors'
import type { Problem } from '../profile/index.ts'
import { UsageError } from './usage.ts'

/** Exit status for what went wrong, and for a question that makes no sense. */
const FAILED = 1
const USAGE = 2

function print(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Tells what is wrong with a profile, and shows the place. */
export async function printProblem(problem: Problem): Promise<void> {
  const { formatProblem } = await import('../profile/text/format.ts')
  const colours = pc.createColors(process.stderr.isTTY === true && pc.isColorSupported)
  print(formatProblem(problem, { place: colours.bold, mark: colours.red, dim: colours.dim }))
}

/** Tells a person what is wrong, one sentence for each thing, and lets the process end with status 1 or 2. */
export async function report(error: unknown): Promise<void> {
  if (error instanceof UsageError) {
    process.exitCode = USAGE
    print(`mdevfs: ${await error.explain()}`)
    return
  }
  process.exitCode = (error as Error).name === 'CompatError' ? USAGE : FAILED
  const problems = (error as { problems?: readonly Problem[] } | undefined)?.problems
  if (problems) {
    for (const problem of problems) await printProblem(problem)
    return
  }
  const { name, message, stack } = error as Error
  // what was foreseen has a sentence; anything else is a mistake of this program, and its trace helps
  const foreseen = [
    'RunError',
    'FuseError',
    'ProfileError',
    'CliError',
    'WriteError',
    'CompatError',
    'MigrateError',
  ].includes(name)
  print(`mdevfs: ${foreseen ? message : (stack ?? message ?? String(error))}`)
}

/** What a command can not do: one sentence for a person. */
export class CliError extends Error {
  override readonly name = 'CliError'
}
