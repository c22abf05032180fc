import { KABI_2018_INFO, Kabi2018 } from '../vfio/migration/kabi-2018.ts'
import type { Fields } from './fields.ts'
import type { Side } from './side.ts'

/** States that a guest can use the device in. */
const RUNS: readonly number[] = [Kabi2018.RUNNING, Kabi2018.SETUP, Kabi2018.PRECOPY]

/** The region of November 2018, as its patches for QEMU drove it. */
export class Side2018 implements Side {
  readonly #fields: Fields

  constructor(fields: Fields) {
    this.#fields = fields
  }

  async isRunning(): Promise<boolean> {
    return RUNS.includes(await this.#state())
  }

  async startPreCopy(): Promise<boolean> {
    await this.#setState(Kabi2018.SETUP)
    await this.#setState(Kabi2018.PRECOPY)
    return true
  }

  stopAndCopy(): Promise<void> {
    return this.#setState(Kabi2018.STOPNCOPY)
  }

  async pending(): Promise<number> {
    const { compatible, postcopyOnly, precopyOnly, threshold } = KABI_2018_INFO
    await this.#fields.setU64(threshold, 0)
    return (
      (await this.#fields.u64(precopyOnly)) +
      (await this.#fields.u64(compatible)) +
      (await this.#fields.u64(postcopyOnly))
    )
  }

  async read(): Promise<Buffer | undefined> {
    const offset = await this.#fields.u64(KABI_2018_INFO.dataOffset)
    const size = await this.#fields.u64(KABI_2018_INFO.dataSize)
    return size === 0 ? undefined : await this.#fields.bytes(offset, size)
  }

  finishSaving(): Promise<void> {
    return this.#setState(Kabi2018.SAVE_COMPLETED)
  }

  async cancel(): Promise<void> {
    const state = await this.#state()
    if (state === Kabi2018.RUNNING) return
    if (state !== Kabi2018.SAVE_COMPLETED) await this.#setState(Kabi2018.CANCELLED)
    await this.#setState(Kabi2018.RUNNING)
  }

  startLoading(): Promise<void> {
    return this.#setState(Kabi2018.RESUME)
  }

  async write(piece: Buffer): Promise<void> {
    const offset = await this.#fields.u64(KABI_2018_INFO.dataOffset)
    const room = this.#fields.room(offset)
    for (let at = 0; at < piece.length; at += room) {
      const part = piece.subarray(at, at + room)
      await this.#fields.setBytes(offset, part)
      await this.#fields.setU64(KABI_2018_INFO.dataSize, part.length)
    }
  }

  finishLoading(): Promise<void> {
    return this.#setState(Kabi2018.RESUME_COMPLETED)
  }

  run(): Promise<void> {
    return this.#setState(Kabi2018.RUNNING)
  }

  close(): Promise<void> {
    return this.#fields.file.close()
  }

  #state(): Promise<number> {
    return this.#fields.u32(KABI_2018_INFO.deviceState)
  }

  #setState(state: number): Promise<void> {
    return this.#fields.setU32(KABI_2018_INFO.deviceState, state)
  }
}
