import type { Argv } from 'yargs'

export const command = 'validate <file..>'
export const describe = 'check profiles that together make one machine'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', array: true, demandOption: true, describe: 'profiles' })
    .example('$0 validate my-host.yaml', 'every mistake with its line and column')

export async function handler({ file }: { file: string[] }): Promise<void> {
  const { buildMachine, loadProfiles, warningsOf } = await import('../../profile/index.ts')
  const { printProblem } = await import('../report.ts')
  const profiles = loadProfiles(file)
  buildMachine(profiles)
  for (const profile of profiles) {
    for (const warning of warningsOf(profile))
      await printProblem({ ...warning, message: `warning: ${warning.message}` })
    process.stdout.write(`${profile.file}: ok, ${profile.summary}\n`)
  }
}
