import { setTimeout as sleep } from 'node:timers/promises'
import type { Side } from './side.ts'

export type Phase = 'pre-copy' | 'stop-and-copy'

/** How far it is. */
export interface Progress {
  readonly phase: Phase
  /** Bytes that went over. */
  readonly bytes: number
  /** Bytes that the source says are left. */
  readonly remaining: number
  /** Bytes a second since it began. */
  readonly rate: number
  /** Milliseconds since the source stands still. */
  readonly downtime: number
}

export interface TransferOptions {
  /** For how many milliseconds the device may stand still; decides when pre-copy is good enough. */
  readonly downtime: number
  /** For how many milliseconds pre-copy goes on where it does not get there. */
  readonly preCopy: number
  readonly signal?: AbortSignal | undefined
  onProgress?(progress: Progress): void
  /** Each piece, after the target took it. */
  record?(piece: Buffer): Promise<void>
  /** Whether both sides are the same, now that both stand still; throws where not. */
  verify?(): Promise<void>
}

export interface Outcome {
  /** The side that runs now. Neither: the source is gone with what the target lacks. */
  readonly running: 'source' | 'target' | 'neither'
  /** Why it did not get there. */
  readonly error?: Error
  readonly bytes: number
  /** Whether so little was left in time that the downtime could be kept; absent where there was no pre-copy. */
  readonly converged?: boolean
  /** Milliseconds. */
  readonly total: number
  readonly downtime: number
}

/** How long to wait for a device that has nothing new to save. */
const IDLE_MS = 5
/** How often a step is tried that decides which side runs. */
const ATTEMPTS = 3

/**
 * Carries the state of a device over, as QEMU does: pre-copy while it runs, stop-and-copy, and then the target runs. At no
 * time do both run. Whatever fails before the switch leaves the source running; what fails behind it leaves the target.
 * Never throws.
 */
export async function transfer(source: Side, target: Side, options: TransferOptions): Promise<Outcome> {
  const run = new Transfer(source, target, options)
  return run.run()
}

class Transfer {
  readonly #source: Side
  readonly #target: Side
  readonly #options: TransferOptions
  readonly #began = performance.now()
  #stoppedAt: number | undefined
  #bytes = 0
  #converged: boolean | undefined

  constructor(source: Side, target: Side, options: TransferOptions) {
    this.#source = source
    this.#target = target
    this.#options = options
  }

  async run(): Promise<Outcome> {
    const source = this.#source
    const target = this.#target
    try {
      // it stands still from now on, so that never two run
      if (!(await attempt(() => target.startLoading()))) await target.startLoading()
      if (await source.startPreCopy()) await this.#preCopy()
      this.#check()
      this.#stoppedAt = performance.now()
      await source.stopAndCopy()
      await this.#stopAndCopy()
      await target.finishLoading()
      await this.#options.verify?.()
      this.#check()
    } catch (error) {
      return this.#giveUp(error as Error)
    }
    return this.#switchOver()
  }

  async #preCopy(): Promise<void> {
    const { downtime, preCopy } = this.#options
    const began = performance.now()
    for (;;) {
      this.#check()
      const piece = await this.#source.read()
      if (piece) await this.#deliver(piece)
      const { rate, remaining } = await this.#report('pre-copy')
      this.#converged = remaining <= (rate * downtime) / 1000
      if (this.#converged || performance.now() - began >= preCopy) return
      if (!piece) await sleep(IDLE_MS)
    }
  }

  async #stopAndCopy(): Promise<void> {
    for (;;) {
      this.#check()
      const piece = await this.#source.read()
      if (!piece) return
      await this.#deliver(piece)
      await this.#report('stop-and-copy')
    }
  }

  async #deliver(piece: Buffer): Promise<void> {
    await this.#target.write(piece)
    this.#bytes += piece.length
    await this.#options.record?.(piece)
  }

  /** Asking for what is left also tells the source that the last piece was taken. */
  async #report(phase: Phase): Promise<Progress> {
    const remaining = await this.#source.pending()
    const seconds = (performance.now() - this.#began) / 1000
    const progress = {
      phase,
      bytes: this.#bytes,
      remaining,
      rate: this.#bytes / seconds,
      downtime: this.#downtime(),
    }
    this.#options.onProgress?.(progress)
    return progress
  }

  #downtime(): number {
    return this.#stoppedAt === undefined ? 0 : performance.now() - this.#stoppedAt
  }

  #check(): void {
    this.#options.signal?.throwIfAborted()
  }

  /**
   * The target does not run and will not; the source goes on. Where the source is gone, the target may have everything all
   * the same, which it knows itself.
   */
  async #giveUp(error: Error): Promise<Outcome> {
    const cancelled = await attempt(() => this.#source.cancel())
    if (cancelled) return this.#outcome('source', error)
    const answer = await attempt(() => this.#source.isRunning())
    if (answer) return this.#outcome(answer.value ? 'source' : 'neither', error)
    if (this.#stoppedAt === undefined || !(await attempt(() => this.#target.finishLoading())))
      return this.#outcome('neither', error)
    return this.#startTarget()
  }

  /**
   * The target has everything. The source is told first, for two that run are worse than none; one that is gone meanwhile
   * can not run either.
   */
  async #switchOver(): Promise<Outcome> {
    const finished = await attempt(() => this.#source.finishSaving())
    if (!finished) {
      const answer = await attempt(() => this.#source.isRunning())
      if (answer) return this.#giveUp(new Error('the source does not end its part'))
    }
    return this.#startTarget()
  }

  async #startTarget(): Promise<Outcome> {
    let error: Error | undefined
    const started = await attempt(
      () => this.#target.run(),
      failure => (error = failure),
    )
    if (started || (await attempt(() => this.#target.isRunning()))?.value === true)
      return this.#outcome('target')
    const cancelled = await attempt(() => this.#source.cancel())
    return this.#outcome(cancelled ? 'source' : 'neither', error)
  }

  #outcome(running: Outcome['running'], error?: Error): Outcome {
    return {
      running,
      ...(error && { error }),
      bytes: this.#bytes,
      ...(this.#converged !== undefined && { converged: this.#converged }),
      total: performance.now() - this.#began,
      downtime: this.#downtime(),
    }
  }
}

/** Tries a step a few times. */
async function attempt<T>(
  step: () => Promise<T>,
  failed: (error: Error) => void = () => {},
): Promise<{ readonly value: T } | undefined> {
  for (let i = 0; i < ATTEMPTS; i++) {
    try {
      return { value: await step() }
    } catch (error) {
      failed(error as Error)
    }
  }
  return undefined
}
