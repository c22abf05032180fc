import type { Argv } from 'yargs'
import type { MigrateOptions, Progress } from '../../migrate/index.ts'
import { CliError } from '../report.ts'

export const command = 'migrate <source> [target]'
export const describe = 'migrate a device to another machine, through the files of both'

export const builder = (yargs: Argv) =>
  yargs
    .positional('source', {
      type: 'string',
      demandOption: true,
      describe: 'a device; with --replay, the one that is to be resumed',
    })
    .positional('target', {
      type: 'string',
      describe: 'a device on the other machine, or a type of mdev that is to become one',
    })
    .options({
      downtime: {
        type: 'number',
        requiresArg: true,
        default: 300,
        describe: 'for how many milliseconds the device may stand still',
      },
      'pre-copy': {
        type: 'number',
        requiresArg: true,
        default: 10_000,
        describe: 'for how many milliseconds it is tried to keep to that',
      },
      force: { type: 'boolean', default: false, describe: 'do not ask whether they are compatible' },
      record: { type: 'string', requiresArg: true, describe: 'write the stream to this file as well' },
      replay: {
        type: 'string',
        requiresArg: true,
        conflicts: ['record', 'target'],
        describe: 'resume what was recorded in this file',
      },
      json: { type: 'boolean', default: false, describe: 'print what happens as lines of JSON' },
    })
    .example(
      '$0 migrate host1/sys/bus/mdev/devices/UUID host2/sys/bus/mdev/devices/UUID',
      'from one mounted machine to another',
    )
    .epilogue(
      'Exit status 0: the target runs, 1: the source goes on, 3: neither runs, for the source is gone.',
    )

interface Arguments {
  readonly source: string
  readonly target?: string | undefined
  readonly downtime: number
  readonly preCopy: number
  readonly force: boolean
  readonly record?: string | undefined
  readonly replay?: string | undefined
  readonly json: boolean
}

const STATUS = { target: 0, source: 1, neither: 3 } as const

export async function handler(args: Arguments): Promise<void> {
  const { source, target, replay, json } = args
  for (const key of ['downtime', 'preCopy'] as const)
    if (!(args[key] >= 0))
      throw new CliError(`--${key === 'preCopy' ? 'pre-copy' : key} takes milliseconds, such as 300.`)
  const log = logger(json)
  const { migrate, replay: resume } = await import('../../migrate/index.ts')
  if (replay !== undefined) {
    const { bytes } = await resume(replay, source)
    log({ event: 'resumed', device: source, bytes }, `${source} runs: ${mebibytes(bytes)} from ${replay}.`)
    return
  }
  if (target === undefined)
    throw new CliError('migrate takes two directories, SOURCE and TARGET; mdevfs migrate --help shows how.')
  const cancel = new AbortController()
  const interrupt = () => cancel.abort(new Error('cancelled'))
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const bar = json ? undefined : await progressBar()
  const options: MigrateOptions = {
    downtime: args.downtime,
    preCopy: args.preCopy,
    force: args.force,
    record: args.record,
    signal: cancel.signal,
    onProgress(progress) {
      if (json) log({ event: 'progress', ...progress }, '')
      else bar?.update(progress)
    },
  }
  try {
    const { running, error, target: device, ...rest } = await migrate(source, target, options)
    bar?.stop()
    process.exitCode = STATUS[running]
    const facts = { running, device, ...rest, ...(error && { error: error.message }) }
    log({ event: 'done', ...facts }, sentence(source, { ...rest, running, device, error }))
  } finally {
    bar?.stop()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

interface Done {
  readonly running: keyof typeof STATUS
  readonly device: string
  readonly error: Error | undefined
  readonly bytes: number
  readonly converged?: boolean
  readonly total: number
  readonly downtime: number
}

function sentence(
  source: string,
  { running, device, error, bytes, converged, total, downtime }: Done,
): string {
  if (running === 'neither')
    return `${source} is gone with what ${device} lacks, so neither runs: ${error?.message}.`
  if (running === 'source') return `${source} goes on, and ${device} does not run: ${error?.message}.`
  const still = `${device} runs: ${mebibytes(bytes)} in ${Math.round(total)} ms, of which it stood still for ${Math.round(downtime)}.`
  return converged !== false
    ? still
    : `${still} Pre-copy came to no end: the device writes faster than it is read.`
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

function logger(json: boolean): (record: object, text: string) => void {
  return (record, text) => process.stdout.write(json ? `${JSON.stringify(record)}\n` : `${text}\n`)
}

/** On a terminal: how much went over, the rate, what is left, for how long it stands still. */
async function progressBar() {
  if (!process.stderr.isTTY || !process.stderr.columns) return undefined
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: '{phase} [{bar}] {sent}, {rate}/s, {left} left, {downtime} ms still',
    hideCursor: true,
    clearOnComplete: true,
  })
  let started = false
  return {
    update({ phase, bytes, remaining, rate, downtime }: Progress) {
      const payload = {
        phase,
        sent: mebibytes(bytes),
        rate: mebibytes(rate),
        left: mebibytes(remaining),
        downtime: Math.round(downtime),
      }
      if (started) bar.setTotal(bytes + remaining)
      else bar.start(bytes + remaining, bytes, payload)
      started = true
      bar.update(bytes, payload)
    },
    stop() {
      if (started) bar.stop()
      started = false
    },
  }
}
