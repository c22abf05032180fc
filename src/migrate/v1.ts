import { V1, V1_INFO } from '../vfio/migration/v1.ts'
import type { Fields } from './fields.ts'
import type { Side } from './side.ts'

/** The region of Linux 5.8, as QEMU 5.2 to 7.2 drove it (hw/vfio/migration.c). */
export class SideV1 implements Side {
  readonly #fields: Fields

  constructor(fields: Fields) {
    this.#fields = fields
  }

  async isRunning(): Promise<boolean> {
    return ((await this.#state()) & V1.RUNNING) !== 0
  }

  async startPreCopy(): Promise<boolean> {
    await this.#setState(V1.PRE_COPY)
    return true
  }

  stopAndCopy(): Promise<void> {
    return this.#setState(V1.STOP_COPY)
  }

  pending(): Promise<number> {
    return this.#fields.u64(V1_INFO.pendingBytes)
  }

  async read(): Promise<Buffer | undefined> {
    const offset = await this.#fields.u64(V1_INFO.dataOffset)
    const size = await this.#fields.u64(V1_INFO.dataSize)
    return size === 0 ? undefined : await this.#fields.bytes(offset, size)
  }

  finishSaving(): Promise<void> {
    return this.#setState(V1.STOP)
  }

  async cancel(): Promise<void> {
    if (!(await this.isRunning()) || (await this.#state()) & V1.STOP_COPY) await this.#setState(V1.RUNNING)
  }

  startLoading(): Promise<void> {
    return this.#setState(V1.RESUMING)
  }

  async write(piece: Buffer): Promise<void> {
    const offset = await this.#fields.u64(V1_INFO.dataOffset)
    const room = this.#fields.room(offset)
    for (let at = 0; at < piece.length; at += room) {
      const part = piece.subarray(at, at + room)
      await this.#fields.setBytes(offset, part)
      await this.#fields.setU64(V1_INFO.dataSize, part.length)
    }
  }

  finishLoading(): Promise<void> {
    return this.#setState(V1.STOP)
  }

  run(): Promise<void> {
    return this.#setState(V1.RUNNING)
  }

  close(): Promise<void> {
    return this.#fields.file.close()
  }

  async #state(): Promise<number> {
    return (await this.#fields.u32(V1_INFO.deviceState)) & V1.MASK
  }

  /** Bits that are not known stay as they are. */
  async #setState(state: number): Promise<void> {
    const now = await this.#fields.u32(V1_INFO.deviceState)
    await this.#fields.setU32(V1_INFO.deviceState, ((now & ~V1.MASK) | state) >>> 0)
  }
}
