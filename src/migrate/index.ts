import { open, realpath } from 'node:fs/promises'
import { checkCompatibility, whyNot } from '../compat/index.ts'
import { MigrateError } from './error.ts'
import { type OpenSide, openSide } from './open.ts'
import { openRecorder, recorded } from './record.ts'
import { setUpTarget } from './set-up.ts'
import { type Outcome, type TransferOptions, transfer } from './transfer.ts'

export { MigrateError } from './error.ts'
export type { Outcome, Progress } from './transfer.ts'

export interface MigrateOptions extends Omit<TransferOptions, 'record' | 'verify'> {
  /** Goes on although the interfaces say that it can not work. */
  readonly force?: boolean
  /** A file that gets the stream. */
  readonly record?: string | undefined
}

export interface Migrated extends Outcome {
  readonly generation: OpenSide['generation']
  /** The directory of the device on the target. */
  readonly target: string
}

/**
 * Migrates a device to another machine, through the files of both: compatible by the interfaces that both have, set up,
 * carried over. Throws a {@link MigrateError} where it does not begin, and then nothing was changed.
 *
 * @param source the directory of a device
 * @param target the directory of a device, or of a type that is to become one
 */
export async function migrate(source: string, target: string, options: MigrateOptions): Promise<Migrated> {
  if (await isSame(source, target))
    throw new MigrateError(
      `${source} and ${target} are one device: name one on another machine, or another one.`,
    )
  if (options.force !== true) checkThat(source, target)
  const { directory, undo } = setUpTarget(source, target)
  let outcome: Migrated
  try {
    outcome = await carryOver(source, directory, options)
  } catch (error) {
    undo()
    throw error
  }
  if (outcome.running !== 'target') undo()
  return outcome
}

/** Resumes a state that was recorded. */
export async function replay(recording: string, target: string): Promise<{ readonly bytes: number }> {
  const file = await open(recording).catch(error => {
    throw new MigrateError(`${recording} can not be read: ${error.message}.`)
  })
  try {
    const { side } = await openSide(target)
    try {
      let bytes = 0
      await side.startLoading()
      for await (const piece of recorded(file, recording)) {
        await side.write(piece)
        bytes += piece.length
      }
      await side.finishLoading()
      await side.run()
      return { bytes }
    } catch (error) {
      throw refusal(error, `${target} does not resume ${recording}`)
    } finally {
      await side.close()
    }
  } finally {
    await file.close()
  }
}

/** What is not there is told later. */
async function isSame(source: string, target: string): Promise<boolean> {
  const [a, b] = await Promise.all([source, target].map(path => realpath(path).catch(() => undefined)))
  return a !== undefined && a === b
}

function checkThat(source: string, target: string): void {
  const { interfaces } = checkCompatibility(source, target)
  for (const verdict of interfaces) {
    if (verdict.result !== 'incompatible') continue
    throw new MigrateError(
      `${target} is not compatible by ${verdict.interface}: ${whyNot(verdict)}; --force tries all the same.`,
    )
  }
}

async function carryOver(source: string, target: string, options: MigrateOptions): Promise<Migrated> {
  const from = await openSide(source)
  try {
    const to = await openSide(target)
    try {
      if (from.generation !== to.generation)
        throw new MigrateError(
          `${source} saves by ${from.generation}, and ${target} resumes by ${to.generation}: both have to have the same.`,
        )
      return await between(from, to, target, options)
    } finally {
      await to.side.close().catch(() => {})
    }
  } finally {
    await from.side.close().catch(() => {})
  }
}

async function between(
  from: OpenSide,
  to: OpenSide,
  target: string,
  { record, force: _, ...options }: MigrateOptions,
): Promise<Migrated> {
  const file = record === undefined ? undefined : await open(record, 'w')
  try {
    const recorder = file && (await openRecorder(file))
    const outcome = await transfer(from.side, to.side, {
      ...options,
      ...(recorder && { record: recorder.piece }),
      verify: () => compareRegions(from, to),
    })
    await recorder?.end()
    return { ...outcome, generation: from.generation, target }
  } finally {
    await file?.close()
  }
}

/** How much of each region is compared; the stream has checksums of all. */
const COMPARED = 64 * 1024

/** Both stand still. Regions with a type are no part of the state. */
async function compareRegions({ device: a }: OpenSide, { device: b }: OpenSide): Promise<void> {
  for (const region of a.regions) {
    if (region.type || region.size === 0) continue
    const length = Math.min(region.size, COMPARED)
    const other = b.regions[region.index]
    if (
      other?.size !== region.size ||
      !(await a.read(region.offset, length)).equals(await b.read(other.offset, length))
    )
      throw new Error(`region ${region.index} is not what it was on the source`)
  }
}

function refusal(error: unknown, what: string): Error {
  return error instanceof MigrateError ? error : new MigrateError(`${what}: ${(error as Error).message}.`)
}
