import type { Argv, CommandModule } from 'yargs'
import * as check from './check.ts'
import * as compile from './compile.ts'
import * as derive from './derive.ts'
import * as diff from './diff.ts'

export const command = 'config'
export const describe = 'PCI configuration space as text (.vpci): compile, derive, check, diff'

export const builder = (yargs: Argv) =>
  yargs
    .command([compile, derive, check, diff] as unknown as CommandModule[])
    .demandCommand(1, 'Name a command: mdevfs config --help lists them.')

export function handler(): void {}
