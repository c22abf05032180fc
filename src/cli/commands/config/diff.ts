import type { Argv } from 'yargs'

export const command = 'diff <first> <second>'
export const describe = 'compare layouts: which can stand in for which, and why not'

export const builder = (yargs: Argv) =>
  yargs
    .positional('first', {
      type: 'string',
      demandOption: true,
      describe: 'a .vpci file, or what derive reads',
    })
    .positional('second', { type: 'string', demandOption: true, describe: 'the other one' })
    .example('$0 config diff old.vpci new.vpci', 'exit status 0 where the layouts are equal')

export async function handler({ first, second }: { first: string; second: string }): Promise<void> {
  const { imageOf } = await import('./files.ts')
  const { diff, hexOffset } = await import('../../../pci/config/index.ts')
  const [a, b] = [imageOf(first), imageOf(second)]
  const [nameA, nameB] = [title(a, first), title(b, second)]
  const { equal, secondForFirst, firstForSecond } = diff(a, b)
  if (equal) {
    process.stdout.write(`${nameA} and ${nameB} have the same layout: each can stand in for the other\n`)
    return
  }
  process.exitCode = 1
  for (const [known, other, reasons] of [
    [nameA, nameB, secondForFirst],
    [nameB, nameA, firstForSecond],
  ] as const) {
    const can = reasons.length === 0
    process.stdout.write(`${other} ${can ? 'can' : 'can not'} stand in for ${known}${can ? '' : ':'}\n`)
    for (const { offset, message } of reasons) process.stdout.write(`  ${hexOffset(offset)}: ${message}\n`)
  }
}

/** As the file says, and where two may say the same, by the file. */
function title(
  { name, version }: { name: string | undefined; version: string | undefined },
  file: string,
): string {
  return name === undefined ? file : `${name}${version === undefined ? '' : ` ${version}`} (${file})`
}
