import { V1, V1_INFO } from '../vfio/migration/v1.ts'
import type { Fields } from './fields.ts'
import { RegionSide } from './region.ts'
import type { Side } from './side.ts'

/** The region of Linux 5.8, as QEMU 5.2 to 7.2 drove it (hw/vfio/migration.c). */
export class SideV1 extends RegionSide implements Side {
  constructor(fields: Fields) {
    super(fields, V1_INFO)
  }

  async isRunning(): Promise<boolean> {
    return ((await this.state()) & V1.RUNNING) !== 0
  }

  async startPreCopy(): Promise<boolean> {
    await this.#set(V1.PRE_COPY)
    return true
  }

  stopAndCopy(): Promise<void> {
    return this.#set(V1.STOP_COPY)
  }

  pending(): Promise<number> {
    return this.fields.u64(V1_INFO.pendingBytes)
  }

  finishSaving(): Promise<void> {
    return this.#set(V1.STOP)
  }

  async cancel(): Promise<void> {
    if (((await this.state()) & V1.MASK) !== V1.RUNNING) await this.#set(V1.RUNNING)
  }

  startLoading(): Promise<void> {
    return this.#set(V1.RESUMING)
  }

  finishLoading(): Promise<void> {
    return this.#set(V1.STOP)
  }

  run(): Promise<void> {
    return this.#set(V1.RUNNING)
  }

  /** Bits that are not known stay as they are. */
  async #set(state: number): Promise<void> {
    await this.setState((((await this.state()) & ~V1.MASK) | state) >>> 0)
  }
}
