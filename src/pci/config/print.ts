import { type Field, TAIL } from './field.ts'
import { headers, ID_FIELDS } from './header.ts'
import {
  type Bar,
  hexOffset,
  type Layout,
  type Patch,
  type Placed,
  type Rom,
  type Setting,
} from './layout.ts'
import { printSize } from './size.ts'

/** Bytes on a line of `raw` and `mask`. */
const BYTES_A_LINE = 16

/** The text of a layout, as {@link parse} reads it. */
export function print(layout: Layout): string {
  const { name, version, size, bars, rom, capabilities, chains, raws, masks } = layout
  const lines = ['vpci 1']
  if (name !== undefined) lines.push(`name ${name}`)
  if (version !== undefined) lines.push(`version ${version}`)
  lines.push(`size ${size}`, ...idLine(layout), headerLine(layout))
  lines.push(...bars.map(barLine))
  if (rom) lines.push(romLine(rom))
  lines.push(...capabilities.map(capabilityLine))
  for (const space of ['cap', 'ecap'] as const) {
    const order = chains[space]
    if (order) lines.push(`chain ${space} ${order.map(hexOffset).join(' ')}`)
  }
  for (const patch of raws) lines.push(...patchLines('raw', patch))
  for (const patch of masks) lines.push(...patchLines('mask', patch))
  return `${lines.join('\n')}\n`
}

function fieldOf(fields: readonly Field[], name: string): Field {
  return fields.find(field => field.name === name)!
}

function idLine({ header }: Layout): string[] {
  const [vendor, device, subvendor, subdevice, code, rev] = ID_FIELDS.map(name => {
    const setting = header.find(known => known.name === name)
    return setting && fieldOf(headers[0].fields, name).format.print(setting.value)
  })
  if (vendor === undefined) return []
  const parts = ['id', `${vendor}:${device}`]
  if (subvendor !== undefined) parts.push('subsys', `${subvendor}:${subdevice}`)
  if (code !== undefined) parts.push('class', code)
  if (rev !== undefined) parts.push('rev', rev)
  return [parts.join(' ')]
}

function headerLine({ type, header }: Layout): string {
  const separate: readonly string[] = ID_FIELDS
  const parts = header
    .filter(({ name }) => !separate.includes(name))
    .map(setting => {
      const text = settingText(headers[type].fields, setting)
      return setting.name === 'intx' ? text.replace('=', ' ') : text
    })
  return ['header', `type ${type}`, ...parts].join(' ')
}

function settingText(fields: readonly Field[], { name, value }: Setting): string {
  return `${name}=${fieldOf(fields, name).format.print(value)}`
}

function regionText(size: bigint | undefined, address: bigint): string[] {
  return [
    ...(size === undefined ? [] : [`size ${printSize(size)}`]),
    ...(address === 0n ? [] : [`at ${address.toString(16)}`]),
  ]
}

function barLine({ index, kind, prefetch, size, address }: Bar): string {
  return [`bar ${index} ${kind}`, ...(prefetch ? ['prefetch'] : []), ...regionText(size, address)].join(' ')
}

function romLine({ size, address, enabled }: Rom): string {
  return ['rom', ...regionText(size, address), ...(enabled ? ['enabled'] : [])].join(' ')
}

function capabilityLine({ space, at, structure, settings, tail }: Placed): string {
  const parts = settings.map(setting => settingText(structure.fields, setting))
  if (tail) parts.push(`${TAIL}=${Buffer.from(tail.bytes).toString('hex')}`)
  return [`${space} ${hexOffset(at)} ${structure.name}`, ...parts].join(' ')
}

function patchLines(word: string, { at, bytes }: Patch): string[] {
  const lines: string[] = []
  for (let start = 0; start < bytes.length; start += BYTES_A_LINE) {
    const line = Buffer.from(bytes.subarray(start, start + BYTES_A_LINE))
    const digits = line.toString('hex').replace(/..(?=.)/g, '$& ')
    lines.push(`${word} ${hexOffset(at + start)} ${digits}`)
  }
  return lines
}
