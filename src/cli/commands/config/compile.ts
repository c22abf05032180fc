import { writeFileSync } from 'node:fs'
import type { Argv } from 'yargs'

export const command = 'compile <file>'
export const describe = 'make the bytes of what a .vpci file describes'

const FORMATS = ['binary', 'hex', 'lspci', 'mask'] as const

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', demandOption: true, describe: 'a .vpci file, or -' })
    .option('format', {
      choices: FORMATS,
      default: 'lspci' as const,
      describe: 'binary, hex digits, a dump for lspci -F, or the writable mask in hex digits',
    })
    .option('output', { alias: 'o', type: 'string', describe: 'a file instead of standard output' })
    .example('$0 config compile nic.vpci -o nic.dump && lspci -vvv -F nic.dump', 'see it as lspci does')

interface Options {
  readonly file: string
  readonly format: (typeof FORMATS)[number]
  readonly output?: string
}

/** Where a dump has no address of its own, lspci needs one. */
const SLOT = '00:00.0'

export async function handler({ file, format, output }: Options): Promise<void> {
  const { compileFile } = await import('./files.ts')
  const { writeDump, writeHex } = await import('../../../pci/config/index.ts')
  const { bytes, writable, name } = compileFile(file)
  const write = {
    binary: () => bytes,
    hex: () => writeHex(bytes),
    lspci: () => writeDump(bytes, SLOT, name ?? file),
    mask: () => writeHex(writable),
  }
  const data = write[format]()
  if (output === undefined) process.stdout.write(data)
  else writeFileSync(output, data)
}
