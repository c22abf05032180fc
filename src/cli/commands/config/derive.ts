import type { Argv } from 'yargs'

export const command = 'derive <path>'
export const describe = 'describe a function, a dump or bytes as a .vpci file'

export const builder = (yargs: Argv) =>
  yargs
    .positional('path', {
      type: 'string',
      demandOption: true,
      describe:
        'a directory such as /sys/bus/pci/devices/0000:00:02.0, or a file with bytes, hex or lspci -xxxx',
    })
    .option('device', { alias: 's', type: 'string', describe: 'the address of one of several in a dump' })
    .option('name', { type: 'string', describe: 'the name of the instance type' })
    .example('lspci -vvv -xxxx -s 01:00.0 | $0 config derive -', 'from a dump, with sizes of BARs')

interface Options {
  readonly path: string
  readonly device?: string
  readonly name?: string
}

export async function handler({ path, device, name }: Options): Promise<void> {
  const { dumpAt } = await import('./files.ts')
  const { derive } = await import('../../../pci/config/index.ts')
  const { bytes, barSizes } = dumpAt(path, device)
  process.stdout.write(derive(bytes, { barSizes, ...(name !== undefined && { name }) }))
}
