import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { commands } from './commands/index.ts'
import { complete } from './complete.ts'
import { failUsage, report } from './report.ts'

const parser = yargs(hideBin(process.argv))
  .scriptName('mdevfs')
  .usage('$0 COMMAND\n\nA fake Linux /sys and /dev/vfio with mediated devices that behave.')
  .command([...commands])
  .completion('completion', 'print a script that completes mdevfs in bash or zsh', complete)
  .example('$0 run --profile gvtg-kabylake -- mdevctl types', 'run a program on a machine with Intel vGPUs')
  .demandCommand(1, 'Name a command: mdevfs --help lists them.')
  .recommendCommands()
  .strict()
  .parserConfiguration({
    'populate--': true,
    'parse-positional-numbers': false,
    'duplicate-arguments-array': true,
  })
  .wrap(Math.min(110, process.stdout.columns ?? 80))
  .fail((message, error) => {
    if (error) throw error
    failUsage(message)
  })

await parser.parseAsync().catch(report)
