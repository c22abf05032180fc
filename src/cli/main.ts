import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { commands } from './commands/index.ts'
import { complete } from './complete.ts'
import { report } from './report.ts'
import { UsageError } from './usage.ts'

/** What the type declarations of yargs do not tell: what there is below the command that was named. */
interface Internals {
  getOptions(): { readonly key: Readonly<Record<string, unknown>> }
  getInternalMethods(): { getCommandInstance(): { getCommands(): readonly string[] } }
}

const words = hideBin(process.argv)

/** yargs asks only to find its configuration: most commands work in a directory that is gone as well. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

const parser = yargs(words, workingDirectory())
  .scriptName('mdevfs')
  .usage('$0 COMMAND\n\nA fake Linux /sys and /dev/vfio with mediated devices that behave.')
  .command([...commands])
  .completion('completion', 'print a script that completes mdevfs in bash or zsh', complete)
  .example('$0 run --profile gvtg-kabylake -- mdevctl types', 'run a program on a machine with Intel vGPUs')
  .demandCommand(1, 'Name a command: mdevfs --help lists them.')
  .strict()
  .parserConfiguration({
    'populate--': true,
    'parse-positional-numbers': false,
    'duplicate-arguments-array': true,
  })
  .wrap(Math.min(110, process.stdout.columns ?? 80))
  .fail((message, error) => {
    // what yargs finds itself has no error, text for an error, or one of its own kind
    if (error instanceof Error && error.name !== 'YError') throw error
    const internals = parser as unknown as Internals
    throw new UsageError(message, words, {
      commands: internals.getInternalMethods().getCommandInstance().getCommands(),
      options: Object.keys(internals.getOptions().key),
    })
  })

/** Whoever reads may have seen enough: `mdevfs tree | head`. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

process.stdout.on('error', endWithReader)
try {
  await parser.parseAsync()
} catch (error) {
  await report(error)
}
