import { Device } from '../../sysfs/base/device.ts'
import { attrRO, attrRW, type BinAttribute, binAttr, EntryTable } from '../../sysfs/kernfs/table.ts'
import { cString } from '../../sysfs/lib/ctype.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { hex } from '../../sysfs/lib/hex.ts'
import { sscanf } from '../../sysfs/lib/vsprintf.ts'
import type { ChannelSubsystem } from './css.ts'
import type { ChannelPathInit } from './hardware.ts'

/** Bytes of `util_string`. */
const UTIL_STRING = 64

/** Bytes of `measurement_chars`: `struct cmg_chars`. */
const MEASUREMENT_CHARS = 20

/** `chp_info_get_status()`: configured. */
const CONFIGURED = 1

/** A channel path, `chp0.NN`: `struct channel_path` (drivers/s390/cio/chp.c). It is on no bus, so it sends no events. */
export class ChannelPath extends Device {
  readonly css: ChannelSubsystem
  readonly init: ChannelPathInit
  /** Varied on for this system: `status`. */
  online = true
  /** 0 standby, 1 configured, 2 reserved, 3 not recognized. */
  configured: number

  constructor(css: ChannelSubsystem, init: ChannelPathInit) {
    super(css.kernel, `chp${css.cssid.toString(16)}.${hex(init.id, 2)}`, {
      parent: css,
    })
    this.css = css
    this.init = init
    this.configured = init.configure ?? CONFIGURED
  }

  /** Whether I/O can go this way. */
  get usable(): boolean {
    return this.online && this.configured === CONFIGURED
  }

  protected override groups(): readonly EntryTable<never>[] {
    return [chpTable]
  }
}

/** What is known of a path while it is configured (`chsc_get_channel_measurement_chars()`). */
function measured<T>(path: ChannelPath, value: T | undefined, print: (value: T) => string): string {
  return value === undefined || path.configured !== CONFIGURED ? 'unknown\n' : `${print(value)}\n`
}

/**
 * `chp_status_write()`: the first word, five characters of it at most; a beginning of it that is `on` or `off` in any
 * case, or all of it 1 or 0. EINVAL for anything else.
 */
function statusStore(path: ChannelPath, buf: string): void {
  const [word = ''] = sscanf(buf, '%5s') as string[]
  if (/^on/i.test(word) || word === '1') path.css.vary(path, true)
  else if (/^off/i.test(word) || word === '0') path.css.vary(path, false)
  else throw new Errno('EINVAL')
}

/** Milliseconds for which what SCLP said of all paths is not asked again (`chp_info_expires`). */
const INFO_EXPIRES = 1000

/**
 * `chp_configure_show()`: EOPNOTSUPP where SCLP does not say. Before this was mended, a second question within a second was
 * answered from what the first one did not bring: not recognized.
 */
function configureShow({ css, configured, kernel }: ChannelPath): string {
  if (css.init.sclp) return `${configured}\n`
  const asked = css.sclpAsked
  const now = kernel.uptime()
  if (kernel.release.chpForgetsFailure || asked === undefined || now >= asked + INFO_EXPIRES) {
    css.sclpAsked = now
    throw new Errno('EOPNOTSUPP')
  }
  return '3\n'
}

/** `chp_configure_write()`: 0 or 1 and blanks, else EINVAL. What the hardware says to it is not told. */
function configureStore(path: ChannelPath, buf: string): void {
  const [value, junk] = sscanf(cString(buf), '%d %c')
  if (junk !== undefined || (value !== 0 && value !== 1)) throw new Errno('EINVAL')
  path.css.configure(path, value)
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P']

/** The largest unit that divides it (`chp.c speed_bps_show()`). */
function printSpeed(bits: number): string {
  let unit = 0
  let value = bits
  while (value > 0 && value % 1000 === 0 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${value}${UNITS[unit]}\n`
}

/** Nothing was counted, since nobody does I/O here. It is read at once or not at all (`chp_measurement_read()`). */
function measurementBlock(
  name: string,
  size: number,
  present: (path: ChannelPath) => boolean,
): BinAttribute<ChannelPath> {
  return binAttr(name, 0o400, {
    size: () => size,
    read: (_, offset, length) => new Uint8Array(offset > 0 || length < size ? 0 : size),
    present,
  })
}

const chpTable = new EntryTable<ChannelPath>([
  attrRW('status', path => (path.online ? 'online\n' : 'offline\n'), statusStore),
  attrRW('configure', configureShow, configureStore),
  attrRO('type', ({ init }) => `${init.type.toString(16)}\n`),
  attrRO('cmg', path => measured(path, path.init.cmg, String)),
  attrRO('shared', path => measured(path, path.init.shared, shared => (shared ? '1' : '0'))),
  attrRO('chid', ({ init }) => (init.chid === undefined ? '' : `${hex(init.chid, 4)}\n`)),
  attrRO('chid_external', ({ init }) =>
    init.chid === undefined ? '' : init.chidExternal === false ? '0\n' : '1\n',
  ),
  attrRO('esc', () => '0\n', { present: path => path.kernel.release.chpEsc }),
  attrRO('speed_bps', ({ init }) => printSpeed(init.speed ?? 0), {
    present: path => path.kernel.release.chpSpeed,
  }),
  binAttr('measurement_chars', 0o400, {
    size: () => MEASUREMENT_CHARS,
    read: ({ init }, offset, length) =>
      new Uint8Array(init.cmg === undefined ? 0 : MEASUREMENT_CHARS).subarray(offset, offset + length),
    present: ({ css }) => css.measuring,
  }),
  measurementBlock('measurement', 32, ({ css }) => css.measuring),
  measurementBlock(
    'ext_measurement',
    64,
    ({ css, kernel }) => css.measuring && kernel.release.chpExtMeasurement,
  ),
  binAttr('util_string', 0o444, {
    size: () => UTIL_STRING,
    read: ({ init }, offset, length) =>
      (init.util ?? new Uint8Array(UTIL_STRING)).subarray(offset, offset + length),
  }),
])
