import { Errno } from './errno.ts'

/** `enum kobject_action` (include/linux/kobject.h), as their names. */
export const ACTIONS = ['add', 'remove', 'change', 'move', 'online', 'offline', 'bind', 'unbind'] as const
export type Action = (typeof ACTIONS)[number]

/** One event, as netlink carries it: `action@devpath` and then the environment. */
export interface Uevent {
  readonly action: Action
  /** Without /sys. */
  readonly devpath: string
  readonly subsystem: string
  readonly seqnum: number
  /** `KEY=VALUE` in the order of the kernel, ACTION first and SEQNUM last. */
  readonly env: readonly string[]
}

/** Bytes that the keys of one event may take, ACTION and SEQNUM included (UEVENT_BUFFER_SIZE). */
const BUFFER_SIZE = 2048

/** The uevents of one machine, to which anyone may subscribe (lib/kobject_uevent.c). */
export class UeventChannel {
  /** /sys/kernel/uevent_seqnum: the number of the last event. */
  seqnum: number
  readonly #listeners = new Set<(event: Uevent) => void>()

  /** @param seqnum the number of the last event so far */
  constructor(seqnum = 0) {
    this.seqnum = seqnum
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (event: Uevent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * `kobject_uevent_env()`.
   *
   * @param extra keys of the caller: MDEV_STATE, SYNTH_UUID and so on; they stand before those of the object
   * @param keys what the object says of itself; MODALIAS is left out of unbind events (`zap_modalias_env()`)
   */
  emit(
    action: Action,
    devpath: string,
    subsystem: string,
    extra: readonly string[],
    keys: readonly string[],
  ): void {
    const own = action === 'unbind' ? keys.filter(key => !key.startsWith('MODALIAS=')) : keys
    const env = [`ACTION=${action}`, `DEVPATH=${devpath}`, `SUBSYSTEM=${subsystem}`, ...extra, ...own]
    const size = env.reduce((sum, key) => sum + key.length + 1, 0)
    if (size > BUFFER_SIZE) throw new Errno('ENOMEM', `uevent of ${devpath} exceeds ${BUFFER_SIZE} bytes`)
    const seqnum = ++this.seqnum
    if (this.#listeners.size === 0) return
    env.push(`SEQNUM=${seqnum}`)
    const event: Uevent = { action, devpath, subsystem, seqnum, env }
    for (const listener of this.#listeners) listener(event)
  }
}

/** What somebody wrote to a `uevent` file. */
export interface SyntheticUevent {
  readonly action: Action
  /** SYNTH_UUID and SYNTH_ARG_*. */
  readonly extra: readonly string[]
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/
const ARGUMENT = /^([A-Za-z0-9]+)=([A-Za-z0-9]+)$/

/**
 * Parses `ACTION[ UUID[ KEY=VALUE]...]` with one optional newline or NUL at the end (`kobject_synth_uevent()`).
 * EINVAL for anything else.
 */
export function parseSyntheticUevent(buf: string): SyntheticUevent {
  const text = /[\n\0]$/.test(buf) ? buf.slice(0, -1) : buf
  const blank = text.indexOf(' ')
  const word = blank < 0 ? text : text.slice(0, blank)
  const action = ACTIONS.find(name => name === word)
  if (!action) throw new Errno('EINVAL', `unknown uevent action ${JSON.stringify(word)}`)
  if (blank < 0) return { action, extra: ['SYNTH_UUID=0'] }
  const rest = text.slice(blank + 1)
  const uuid = UUID.exec(rest)?.[0]
  if (!uuid) throw new Errno('EINVAL', 'the action is not followed by a UUID')
  const extra = [`SYNTH_UUID=${uuid}`]
  const tail = rest.slice(uuid.length)
  if (tail !== '') {
    if (tail[0] !== ' ') throw new Errno('EINVAL', 'junk after the UUID')
    for (const pair of tail.slice(1).split(' ')) {
      const [, key, value] = ARGUMENT.exec(pair) ?? []
      if (key === undefined)
        throw new Errno('EINVAL', `${JSON.stringify(pair)} is not KEY=VALUE of letters and digits`)
      extra.push(`SYNTH_ARG_${key}=${value}`)
    }
  }
  return { action, extra }
}
