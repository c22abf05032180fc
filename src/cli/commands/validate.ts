import type { Argv } from 'yargs'

export const command = 'validate <file..>'
export const describe = 'check profiles that together make one machine'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', array: true, demandOption: true, describe: 'profiles' })
    .example('$0 validate my-host.yaml', 'every mistake with its line and column')

export async function handler({ file }: { file: string[] }): Promise<void> {
  const { buildMachine, loadProfiles } = await import('../../profile/index.ts')
  const profiles = loadProfiles(file)
  buildMachine(profiles)
  for (const { file: name, summary } of profiles) process.stdout.write(`${name}: ok, ${summary}\n`)
}
