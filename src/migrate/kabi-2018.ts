import { KABI_2018_INFO, Kabi2018 } from '../vfio/migration/kabi-2018.ts'
import type { Fields } from './fields.ts'
import { RegionSide } from './region.ts'
import type { Side } from './side.ts'

/** States that a guest can use the device in. */
const RUNS: readonly number[] = [Kabi2018.RUNNING, Kabi2018.SETUP, Kabi2018.PRECOPY]

/** The region of November 2018, as its patches for QEMU drove it. */
export class Side2018 extends RegionSide implements Side {
  constructor(fields: Fields) {
    super(fields, KABI_2018_INFO)
  }

  async isRunning(): Promise<boolean> {
    return RUNS.includes(await this.state())
  }

  async startPreCopy(): Promise<boolean> {
    await this.setState(Kabi2018.SETUP)
    await this.setState(Kabi2018.PRECOPY)
    return true
  }

  stopAndCopy(): Promise<void> {
    return this.setState(Kabi2018.STOPNCOPY)
  }

  async pending(): Promise<number> {
    const { compatible, postcopyOnly, precopyOnly, threshold } = KABI_2018_INFO
    await this.fields.setU64(threshold, 0)
    const counters = [precopyOnly, compatible, postcopyOnly]
    let pending = 0
    for (const counter of counters) pending += await this.fields.u64(counter)
    return pending
  }

  finishSaving(): Promise<void> {
    return this.setState(Kabi2018.SAVE_COMPLETED)
  }

  async cancel(): Promise<void> {
    const state = await this.state()
    if (state === Kabi2018.RUNNING) return
    if (state !== Kabi2018.SAVE_COMPLETED && state !== Kabi2018.CANCELLED)
      await this.setState(Kabi2018.CANCELLED)
    await this.setState(Kabi2018.RUNNING)
  }

  startLoading(): Promise<void> {
    return this.setState(Kabi2018.RESUME)
  }

  finishLoading(): Promise<void> {
    return this.setState(Kabi2018.RESUME_COMPLETED)
  }

  run(): Promise<void> {
    return this.setState(Kabi2018.RUNNING)
  }
}
