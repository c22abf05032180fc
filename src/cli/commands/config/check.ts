import type { Argv } from 'yargs'

export const command = 'check <file..>'
export const describe = 'find what is wrong with .vpci files'

export const builder = (yargs: Argv) =>
  yargs
    .positional('file', { type: 'string', array: true, demandOption: true, describe: '.vpci files, or -' })
    .example('$0 config check nic.vpci', 'every mistake with its line and offset')

export async function handler({ file: files }: { file: string[] }): Promise<void> {
  const { located, readBytes } = await import('./files.ts')
  const { check } = await import('../../../pci/config/index.ts')
  const { ProfileError } = await import('../../../profile/index.ts')
  const wrong = files.flatMap(file => {
    const text = readBytes(file).toString('utf8')
    const problems = check(text)
    if (problems.length === 0) process.stdout.write(`${file}: ok\n`)
    return located(file, text, problems).problems
  })
  if (wrong.length > 0) throw new ProfileError(wrong)
}
