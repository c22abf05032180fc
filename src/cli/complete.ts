/** Completes profile names after --profile; all else yargs knows itself. */
export async function complete(
  _current: string,
  _argv: unknown,
  defaults: (done: (error: Error | null, completions: string[] | undefined) => void) => void,
  done: (completions: string[]) => void,
): Promise<void> {
  const previous = process.argv.at(-2)
  if (previous === '--profile' || previous === '-p') {
    const { listProfiles } = await import('../profile/builtin.ts')
    done(listProfiles().map(({ name }) => name))
    return
  }
  defaults((_error, completions) => done(completions ?? []))
}
