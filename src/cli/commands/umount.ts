import type { Argv } from 'yargs'

export const command = 'umount <dir>'
export const describe = 'end what mount began, or clear away what a killed server left'

export const builder = (yargs: Argv) =>
  yargs
    .positional('dir', { type: 'string', demandOption: true, describe: 'where it is mounted' })
    .example('$0 umount /tmp/m', 'returns when it is gone')

export async function handler({ dir }: { dir: string }): Promise<void> {
  const { unmount } = await import('../../run/index.ts')
  await unmount(dir)
}
