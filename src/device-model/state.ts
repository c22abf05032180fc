import { Errno } from '../sysfs/lib/errno.ts'
import { type Region, resetRegions } from './model.ts'
import {
  Kind,
  PAGE,
  RECORD,
  StateReader,
  type StateRecord,
  writeHeader,
  writeRecord,
} from './state-stream.ts'

/** What a device is to have besides its regions, so that there is something to migrate. */
export interface StateInit {
  /** Bytes of memory inside the device, whole pages. */
  readonly memory: number
  /** How many of them it writes to in a second while it runs. */
  readonly dirtyRate: number
}

/** Steps through all numbers below a power of 2 in an order that looks random (Hull and Dobell). */
const STEP = 0x5bd1e995
const ADD = 0x3c6ef35f

export interface Activity {
  readonly runs: boolean
  readonly saves: boolean
  readonly loads: boolean
}

/** Bytes that are left to be saved. */
export interface Pending {
  /** Pages of memory: those that a device still writes to come again. */
  readonly memory: number
  /** Regions, and the end: they are saved once it stands still. */
  readonly rest: number
}

/**
 * The state of a device, as it is carried from one machine to another: its regions, and memory inside of it that it writes
 * to at a given rate while it runs. A page of that memory is known by how often it was written to, and reads so.
 */
export class DeviceState {
  readonly memory: number
  readonly #rate: number
  /** Those that are saved, by index. */
  readonly #regions: readonly (Region | undefined)[]
  /** Milliseconds on some clock. */
  readonly #now: () => number
  /** How often each page was written to. */
  #writes: Uint32Array
  /** Pages that were written to since they were last saved; everything, while nobody saves. */
  readonly #dirty: Uint8Array
  #dirtyCount = 0
  /** The same since somebody last asked which they are. */
  readonly #unreported: Uint8Array
  #position = 0
  #running = true
  #writtenUntil: number
  #saving: Saving | undefined
  #loading: Loading | undefined

  constructor({ memory, dirtyRate }: StateInit, regions: readonly (Region | undefined)[], now: () => number) {
    this.memory = memory
    this.#rate = dirtyRate
    this.#regions = regions
    this.#now = now
    const pages = memory / PAGE
    this.#writes = new Uint32Array(pages)
    this.#dirty = new Uint8Array(pages)
    this.#unreported = new Uint8Array(pages)
    this.#writtenUntil = now()
  }

  get running(): boolean {
    return this.#running
  }

  set running(running: boolean) {
    this.#run()
    this.#running = running
  }

  /** What goes on in one state of a migration: saving goes on where it was under way, loading begins. */
  enter({ runs, saves, loads }: Activity): void {
    this.running = runs
    if (!saves) this.stopSaving()
    else if (!this.saving) this.startSaving()
    if (loads) this.startLoading()
    else this.stopLoading()
  }

  /** As it was first, and it runs. */
  reset(): void {
    this.stopSaving()
    this.stopLoading()
    this.#writes.fill(0)
    this.#unreported.fill(0)
    this.#writtenUntil = this.#now()
    this.#running = true
  }

  /** Everything is to be saved. */
  startSaving(): void {
    this.#run()
    this.#dirty.fill(1)
    this.#dirtyCount = this.#dirty.length
    this.#saving = { records: 0, page: 0, queue: writeHeader(this.memory), ended: false }
  }

  stopSaving(): void {
    this.#saving = undefined
  }

  get saving(): boolean {
    return this.#saving !== undefined
  }

  pending(): Pending {
    const saving = this.#saving
    if (!saving) return { memory: 0, rest: 0 }
    this.#run()
    return {
      memory: this.#dirtyCount * (RECORD + PAGE),
      rest: saving.queue.length + (saving.ended ? 0 : this.#regionBytes() + RECORD),
    }
  }

  /** Bytes of the whole stream, as long as nobody saves. */
  get length(): number {
    return (
      writeHeader(this.memory).length + this.#dirty.length * (RECORD + PAGE) + this.#regionBytes() + RECORD
    )
  }

  /** Up to so many bytes of the stream: none at its end, and none where a running device has nothing new to save. */
  save(most: number): Buffer {
    const saving = this.#saving
    if (!saving) throw new Errno('EINVAL', 'the device is not being saved')
    this.#run()
    const pieces = [saving.queue]
    let length = saving.queue.length
    const put = (record: StateRecord) => {
      const bytes = writeRecord(record)
      pieces.push(bytes)
      length += bytes.length
      saving.records++
    }
    while (length < most && this.#dirtyCount > 0) put(this.#nextPage(saving))
    if (length < most && !this.#running && !saving.ended) {
      for (const record of this.#regionRecords()) put(record)
      const end = { kind: Kind.end, index: 0, offset: saving.records, bytes: new Uint8Array() }
      put(end)
      saving.ended = true
    }
    const all = Buffer.concat(pieces, length)
    saving.queue = all.subarray(most)
    return all.subarray(0, most)
  }

  /** Whether everything was saved and read. */
  get saved(): boolean {
    return this.#saving?.ended === true && this.#saving.queue.length === 0
  }

  startLoading(): void {
    const records: StateRecord[] = []
    const writes = new Uint32Array(this.#writes.length)
    const reader = new StateReader(this.memory, record => {
      if (record.kind === Kind.page) writes[this.#pageOf(record)] = countIn(record)
      else if (record.kind === Kind.region) records.push({ ...record, bytes: Buffer.from(record.bytes) })
      else throw new Errno('EINVAL', `a record of the unknown kind ${record.kind}`)
    })
    this.#loading = { reader, records, writes, failed: false }
  }

  stopLoading(): void {
    this.#loading = undefined
  }

  /** EINVAL for what is no state of such a device; nothing of it counts then. */
  load(bytes: Uint8Array): void {
    const loading = this.#loading
    if (!loading || loading.failed) throw new Errno('EINVAL', 'the device is not being loaded')
    try {
      loading.reader.write(bytes)
    } catch (error) {
      loading.failed = true
      throw error
    }
  }

  /** Whether the whole state came. */
  get loaded(): boolean {
    return this.#loading?.reader.complete === true && !this.#loading.failed
  }

  /** From here on the device is what was loaded. EINVAL where something is missing, and nothing changes. */
  finishLoading(): void {
    const loading = this.#loading
    if (!this.loaded || !loading) throw new Errno('EINVAL', 'the state is not complete')
    for (const { index, offset, bytes } of loading.records) {
      const region = this.#regions[index]
      if (!region?.accepts?.(offset, bytes))
        throw new Errno('EINVAL', `region ${index} does not take what the source has at ${offset}`)
    }
    resetRegions(this.#regions)
    for (const { index, offset, bytes } of loading.records) this.#regions[index]!.write!(offset, bytes)
    this.#writes = loading.writes
    this.#loading = undefined
  }

  /**
   * Which pages of a range were written to since they were last asked for, a bit each from the lowest of the first byte,
   * as `dirty_pfns` has it.
   */
  takeDirty(first: number, count: number): Uint8Array {
    this.#run()
    const bits = new Uint8Array(Math.ceil(count / 8))
    const end = Math.min(first + count, this.#unreported.length)
    for (let page = first; page < end; page++) {
      if (this.#unreported[page] === 0) continue
      this.#unreported[page] = 0
      const at = page - first
      bits[at >> 3]! |= 1 << (at & 7)
    }
    return bits
  }

  /** Writes what a running device wrote since the last time. Who was away long enough finds everything written once. */
  #run(): void {
    const now = this.#now()
    const due = Math.floor(((now - this.#writtenUntil) * this.#rate) / 1000 / PAGE)
    if (!this.#running) {
      this.#writtenUntil = now
      return
    }
    if (due <= 0) return
    this.#writtenUntil += (due * PAGE * 1000) / this.#rate
    const pages = this.#writes.length
    for (let i = Math.min(due, pages); i > 0; i--) this.#touch()
  }

  #touch(): void {
    const pages = this.#writes.length
    const round = 2 ** Math.ceil(Math.log2(pages))
    do this.#position = (Math.imul(this.#position, STEP) + ADD) & (round - 1)
    while (this.#position >= pages)
    const page = this.#position
    this.#writes[page]!++
    this.#unreported[page] = 1
    if (this.#saving && this.#dirty[page] === 0) {
      this.#dirty[page] = 1
      this.#dirtyCount++
    }
  }

  #nextPage(saving: Saving): StateRecord {
    const dirty = this.#dirty
    while (dirty[saving.page] === 0) saving.page = (saving.page + 1) % dirty.length
    const { page } = saving
    dirty[page] = 0
    this.#dirtyCount--
    return { kind: Kind.page, index: 0, offset: page * PAGE, bytes: contents(page, this.#writes[page]!) }
  }

  *#regionRecords(): Iterable<StateRecord> {
    for (const [index, region] of this.#regions.entries())
      for (const { offset, bytes } of region?.contents?.() ?? [])
        for (let at = 0; at < bytes.length; at += PAGE)
          yield { kind: Kind.region, index, offset: offset + at, bytes: bytes.subarray(at, at + PAGE) }
  }

  #regionBytes(): number {
    let bytes = 0
    for (const record of this.#regionRecords()) bytes += RECORD + record.bytes.length
    return bytes
  }

  #pageOf({ offset, bytes }: StateRecord): number {
    if (bytes.length !== PAGE || offset % PAGE !== 0 || offset >= this.memory)
      throw new Errno('EINVAL', `no page at ${offset}`)
    return offset / PAGE
  }
}

interface Saving {
  records: number
  /** Where to look for the next page. */
  page: number
  /** What was made and not read yet. */
  queue: Buffer
  ended: boolean
}

interface Loading {
  readonly reader: StateReader
  readonly records: StateRecord[]
  readonly writes: Uint32Array
  failed: boolean
}

/** A page that was written to so often: number of the page and count, over and over. */
function contents(page: number, count: number): Buffer {
  const bytes = Buffer.alloc(PAGE)
  bytes.writeUInt32LE(page, 0)
  bytes.writeUInt32LE(count, 4)
  for (let filled = 8; filled < PAGE; filled *= 2) bytes.copyWithin(filled, 0, filled)
  return bytes
}

function countIn({ offset, bytes }: StateRecord): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.getUint32(4, true)
  if (Buffer.compare(bytes, contents(offset / PAGE, count)) !== 0)
    throw new Errno('EINVAL', `the page at ${offset} is none of such a device`)
  return count
}
