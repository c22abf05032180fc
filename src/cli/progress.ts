/** What takes less time than this is not talked about. */
const PATIENCE_MS = 700

/** Shows on a terminal that something is under way, if it takes long; nothing of it stays there. */
export async function showProgress<T>(text: string, work: Promise<T>): Promise<T> {
  // a terminal may say that it is no columns wide: the spinner would count its lines for ever
  if (!process.stdout.isTTY || !process.stderr.columns) return work
  let ended = false
  let clear = () => {}
  const timer = setTimeout(async () => {
    const { createSpinner } = await import('nanospinner')
    if (ended) return
    const spinner = createSpinner(text).start()
    clear = () => void spinner.stop().clear()
  }, PATIENCE_MS)
  try {
    return await work
  } finally {
    ended = true
    clearTimeout(timer)
    clear()
  }
}
