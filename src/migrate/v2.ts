import type { V2_NAMES } from '../vfio/migration/v2.ts'
import type { DeviceFile } from './device-file.ts'
import type { Side } from './side.ts'

type State = (typeof V2_NAMES)[number]

/** The files of a device's `migration/` in debugfs, open as long as this is. */
export interface StateFiles {
  state(): Promise<string>
  setState(state: string): Promise<void>
  features(): Promise<string>
  /** What comes next of the stream, at most so much; nothing at its end. */
  read(offset: number, length: number): Promise<Buffer>
  /** @returns how many bytes were taken */
  write(offset: number, bytes: Buffer): Promise<number>
  close(): Promise<void>
}

/** States in which it does not stand still. */
const RUNS: readonly string[] = ['RUNNING', 'RUNNING_P2P', 'PRE_COPY', 'PRE_COPY_P2P'] satisfies State[]

const PIECE = 64 * 1024

/** Migration since Linux 5.18, by its states as text and its stream as a file. */
export class SideV2 implements Side {
  readonly #files: StateFiles
  readonly #device: DeviceFile
  #position = 0

  constructor(files: StateFiles, device: DeviceFile) {
    this.#files = files
    this.#device = device
  }

  async isRunning(): Promise<boolean> {
    return RUNS.includes(await this.#files.state())
  }

  async startPreCopy(): Promise<boolean> {
    this.#position = 0
    if (!(await this.#files.features()).split('\n').includes('pre-copy')) return false
    await this.#setState('PRE_COPY')
    return true
  }

  stopAndCopy(): Promise<void> {
    return this.#setState('STOP_COPY')
  }

  async pending(): Promise<number> {
    return this.#device.dataSize()
  }

  /** The file gives a page at a time. */
  async read(): Promise<Buffer | undefined> {
    const pages: Buffer[] = []
    for (let length = 0; length < PIECE; ) {
      const page = await this.#readPage(PIECE - length)
      if (!page) break
      pages.push(page)
      length += page.length
    }
    return pages.length === 0 ? undefined : Buffer.concat(pages)
  }

  /** ENOMSG: the device runs, and has nothing new. */
  async #readPage(most: number): Promise<Buffer | undefined> {
    try {
      const bytes = await this.#files.read(this.#position, most)
      this.#position += bytes.length
      return bytes.length === 0 ? undefined : bytes
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOMSG') return undefined
      throw error
    }
  }

  finishSaving(): Promise<void> {
    return this.#setState('STOP')
  }

  cancel(): Promise<void> {
    return this.#setState('RUNNING')
  }

  startLoading(): Promise<void> {
    this.#position = 0
    return this.#setState('RESUMING')
  }

  async write(piece: Buffer): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      const count = await this.#files.write(this.#position, piece.subarray(at))
      at += count
      this.#position += count
    }
  }

  finishLoading(): Promise<void> {
    return this.#setState('STOP')
  }

  run(): Promise<void> {
    return this.#setState('RUNNING')
  }

  async close(): Promise<void> {
    await this.#files.close()
    await this.#device.close()
  }

  #setState(state: State): Promise<void> {
    return this.#files.setState(state)
  }
}
