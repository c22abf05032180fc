import type { Argv } from 'yargs'
import {
  CompatError,
  type Compatibility,
  type CompatOptions,
  checkCompatibility,
  DIRECTIONS,
  type Direction,
  INTERFACES,
  type Interface,
  type Verdict,
  whyNot,
} from '../../compat/index.ts'
import { list } from '../options.ts'

export const command = 'compat <directory..>'
export const describe = 'tell who may migrate to whom, by each proposed interface'

export const builder = (yargs: Argv) =>
  yargs
    .positional('directory', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'SOURCE and TARGET, each a device or a type in any sysfs; with --matrix, machines',
    })
    .options({
      interface: {
        alias: 'i',
        type: 'string',
        requiresArg: true,
        choices: INTERFACES,
        coerce: (value: string | undefined) => (value === undefined ? undefined : list(value)),
        describe: 'ask this interface, instead of all; may be given several times',
      },
      direction: {
        type: 'string',
        choices: DIRECTIONS,
        default: 'target',
        describe: 'whose `compatible` lists the other side',
      },
      matrix: {
        type: 'boolean',
        default: false,
        describe: 'all types and mdevs of these machines, as a table',
      },
      json: { type: 'boolean', default: false, describe: 'print JSON' },
    })
    .example(
      '$0 write /tmp/host --profile virtio-features && $0 compat --matrix /tmp/host',
      'who may migrate to whom',
    )
    .epilogue('Exit status 0: compatible, 1: incompatible, 2: not supported, or not to be asked.')

interface Arguments {
  readonly directory: readonly string[]
  readonly interface?: readonly Interface[] | undefined
  readonly direction: Direction
  readonly matrix: boolean
  readonly json: boolean
}

const STATUS: { readonly [R in Verdict['result']]: number } = {
  compatible: 0,
  incompatible: 1,
  unsupported: 2,
}

export async function handler({
  directory,
  interface: asked,
  direction,
  matrix,
  json,
}: Arguments): Promise<void> {
  const options: CompatOptions = { direction, ...(asked && { interfaces: asked }) }
  if (matrix) return printMatrix(directory, options, json)
  if (directory.length !== 2)
    throw new CompatError(
      `compat takes two directories, SOURCE and TARGET, not ${directory.length}; --matrix takes any number of machines.`,
    )
  const compatibility = checkCompatibility(directory[0]!, directory[1]!, options)
  process.exitCode = STATUS[compatibility.result]
  process.stdout.write(json ? `${JSON.stringify(compatibility, undefined, 2)}\n` : await text(compatibility))
}

/** Result by result, in colours of their own. */
async function palette(): Promise<(result: Verdict['result'], text: string) => string> {
  const { default: pc } = await import('picocolors')
  const colours = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported)
  const of = { compatible: colours.green, incompatible: colours.red, unsupported: colours.dim }
  return (result, text) => of[result](text)
}

const WORD: { readonly [R in Verdict['result']]: string } = {
  compatible: 'compatible',
  incompatible: 'incompatible',
  unsupported: 'not supported',
}

async function text({ interfaces, result }: Compatibility): Promise<string> {
  const paint = await palette()
  const width = Math.max(...INTERFACES.map(name => name.length))
  const lines = interfaces.map(
    verdict =>
      `${verdict.interface.padEnd(width)}  ${paint(verdict.result, WORD[verdict.result])}${why(verdict)}`,
  )
  return `${[...lines, '', paint(result, WORD[result])].join('\n')}\n`
}

function why(verdict: Verdict): string {
  if (verdict.result === 'compatible') return verdict.detail === undefined ? '' : `: ${verdict.detail}`
  return `: ${whyNot(verdict)}`
}

const MARK: { readonly [R in Verdict['result']]: string } = {
  compatible: 'yes',
  incompatible: 'no',
  unsupported: '-',
}

async function printMatrix(
  machines: readonly string[],
  options: CompatOptions,
  json: boolean,
): Promise<void> {
  const { migrationMatrix } = await import('../../compat/index.ts')
  const matrix = migrationMatrix(machines, options)
  if (json) {
    process.stdout.write(`${JSON.stringify(matrix, undefined, 2)}\n`)
    return
  }
  const { default: Table } = await import('cli-table3')
  const paint = await palette()
  const numbers = matrix.entries.map((_, n) => String(n + 1))
  const table = new Table({
    head: ['', 'from \\ to', ...numbers],
    style: { head: [], border: [], compact: true },
  })
  for (const [n, { machine, name }] of matrix.entries.entries()) {
    const cells = matrix.cells[n]!.map(cell => (cell ? paint(cell.result, MARK[cell.result]) : ''))
    table.push([numbers[n]!, `${machine} ${name}`, ...cells])
  }
  process.stdout.write(`${table.toString()}\n`)
}
