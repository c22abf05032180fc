import type { Argv } from 'yargs'

export const command = 'profiles'
export const describe = 'list the built-in profiles'

export const builder = (yargs: Argv) => yargs.example('$0 profiles', 'one line each')

export async function handler(): Promise<void> {
  const { listProfiles } = await import('../../profile/builtin.ts')
  const profiles = listProfiles()
  const width = Math.max(...profiles.map(({ name }) => name.length))
  for (const { name, summary } of profiles) process.stdout.write(`${name.padEnd(width)}  ${summary}\n`)
}
