import type { z } from 'zod'
import { parsePciAddress, pciName } from '../../../pci/address.ts'
import { PCI_CFG_SPACE_SIZE } from '../../../pci/config-space.ts'
import { identityOf } from '../../../pci/header.ts'
import { checkBars } from '../../bar.ts'
import { checkGvt, gvt } from '../../mdev/gvt.ts'
import { checkParent, parentFields } from '../../mdev/parent.ts'
import { checkMigration, migration } from '../../migration.ts'
import { type Complain, fields, items, part, related, shorthand } from '../../schema/fields.ts'
import { bool, hex, name, numberFrom, ranges, scalar } from '../../schema/scalar.ts'
import { parseHex, Refusal, within } from '../../schema/values.ts'
import { parseConfig } from './config.ts'
import { checkNvidia, nvidia } from './nvidia.ts'
import { bars, resourceLines } from './resource.ts'

function parseAddress(text: string): string | undefined {
  const address = parsePciAddress(text)
  if (address) return pciName(address)
  if (parsePciAddress(`0000:${text}`)) throw new Refusal(`${text} lacks the domain; write 0000:${text}`)
  return undefined
}

export const address = scalar('a PCI address such as "0000:00:02.0"', parseAddress, ['string'])

/** Two halves of four hexadecimal digits. */
export interface IdPair {
  readonly vendor: number
  readonly device: number
}

const ids = scalar<IdPair>(
  'two ids such as 8086:5912',
  text => {
    const [, vendor, device] = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text) ?? []
    if (device === undefined) return undefined
    return { vendor: Number.parseInt(vendor!, 16), device: Number.parseInt(device, 16) }
  },
  ['string'],
)

const busNumber = scalar('the number of a bus such as 01', within(0, 0xff, parseHex, 16), [
  'string',
  'integer',
])

const bridge = shorthand(
  'secondary',
  fields('the number of the bus behind the bridge, or a map with secondary and subordinate', {
    secondary: busNumber,
    subordinate: busNumber.meta({ description: 'the last bus that is behind it' }).exactOptional(),
  }),
)

const configText = scalar(
  'lines as lspci -x prints them, such as 00: 86 80 12 59, or a text that starts with vpci 1',
  parseConfig,
  ['string'],
).meta({
  description:
    'configuration space as lspci -x and -xxxx print it, lines that are all zero may be left out; or as a .vpci text',
})

const MOST_IRQS = 4095
/** PCI_VENDOR_ID_NVIDIA */
const NVIDIA = 0x10de

const shape = fields('a PCI device', {
  pci: address,
  under: address.meta({ description: 'the bridge that leads to it' }).exactOptional(),
  driver: name.meta({ description: 'the driver that holds it at first' }).exactOptional(),
  module: name
    .meta({ description: 'the module of the driver; it is called as the driver otherwise' })
    .exactOptional(),
  id: ids
    .meta({ description: 'vendor and device, such as 8086:5912; from config where that is given' })
    .exactOptional(),
  subsystem: ids.exactOptional(),
  class: hex(6, '0x030000').exactOptional(),
  revision: hex(2, '0x04').exactOptional(),
  config: configText.exactOptional(),
  config_writable: ranges
    .meta({
      description:
        'offsets in config, such as 0x40-0xff, of bytes that may be written besides those of the header',
    })
    .exactOptional(),
  bars: bars.exactOptional(),
  resource: resourceLines.meta({ description: 'the text of resource, instead of bars' }).exactOptional(),
  bridge: bridge.meta({ description: 'makes it a bridge, where config does not say so' }).exactOptional(),
  irq: numberFrom(0, MOST_IRQS).exactOptional(),
  msi_irqs: ranges
    .meta({ description: 'interrupts that its driver allocates, such as 48-53' })
    .exactOptional(),
  numa_node: scalar(
    '-1 or the number of a node',
    text => (/^(-1|[0-9]{1,3})$/.test(text) ? Number(text) : undefined),
    ['integer'],
  ).exactOptional(),
  dma_mask_bits: numberFrom(1, 64).meta({ description: '32 where nothing is said' }).exactOptional(),
  firmware_node: bool.meta({ description: 'firmware describes the device (ACPI)' }).exactOptional(),
  sriov_totalvfs: numberFrom(0, 0xffff)
    .meta({
      description: 'how many virtual functions the driver allows, where that is less than config says',
    })
    .exactOptional(),
  vf: fields('what its virtual functions are like: a map with config, dma_mask_bits and migration', {
    config: configText.exactOptional(),
    dma_mask_bits: numberFrom(1, 64).meta({ description: '32 where nothing is said' }).exactOptional(),
    migration: migration
      .meta({ description: 'what each has of the proposed interfaces for migration' })
      .exactOptional(),
  })
    .meta({ description: 'virtual functions, where they do not follow from the function itself' })
    .exactOptional(),
  gvt: gvt.exactOptional(),
  nvidia: nvidia.exactOptional(),
  migration: migration
    .meta({ description: 'what the function itself has of the proposed interfaces for migration' })
    .exactOptional(),
  ...parentFields,
})

/** An item of `devices` with the key `pci`. */
export const schema = related(shape, checkDevice)
export type PciDescription = z.output<typeof schema>

function checkDevice(device: unknown, complain: Complain): void {
  checkIdentity(device, complain)
  checkRegions(device, complain)
  checkMdevs(device, complain)
  checkMigration(device, { kind: 'function', pools: [] }, complain)
  checkMigration(part(device, 'vf'), { kind: 'function', pools: [] }, (path, message, about) =>
    complain(['vf', ...path], message, about),
  )
}

function checkIdentity(device: unknown, complain: Complain): void {
  const config = part(device, 'config')
  const bytes = part(config, 'bytes')
  const size = bytes instanceof Uint8Array ? bytes.length : PCI_CFG_SPACE_SIZE
  const writable = items(part(device, 'config_writable')).map(range => Number(items(range)[1]))
  if (writable.some(end => end >= size))
    complain(['config_writable'], `the configuration space ends at 0x${(size - 1).toString(16)}`)
  if (config === undefined) {
    for (const key of ['id', 'class'] as const)
      if (part(device, key) === undefined) complain([], `give the ${key} of the device, or its config`)
    return
  }
  if (!(bytes instanceof Uint8Array)) return
  const { vendor, device: deviceId, class: code, revision } = identityOf(bytes)
  const id = part(device, 'id')
  const say = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`
  if (id !== undefined && (part(id, 'vendor') !== vendor || part(id, 'device') !== deviceId))
    complain(['id'], `config says vendor ${say(vendor, 4)} and device ${say(deviceId, 4)}; leave the id out`)
  if (part(device, 'class') !== undefined && part(device, 'class') !== code)
    complain(['class'], `config says class ${say(code, 6)}; leave it out here`)
  if (part(device, 'revision') !== undefined && part(device, 'revision') !== revision)
    complain(['revision'], `config says revision ${say(revision, 2)}; leave it out here`)
  if (part(device, 'bridge') !== undefined)
    complain(['bridge'], 'config says whether it is a bridge; leave it out here', { key: true })
}

function checkRegions(device: unknown, complain: Complain): void {
  const bars = part(device, 'bars')
  if (bars !== undefined && part(device, 'resource') !== undefined)
    complain(['resource'], 'bars say the same; leave one of them out', { key: true })
  const compiled = part(part(device, 'config'), 'compiled')
  for (const key of ['bars', 'resource', 'config_writable'])
    if (compiled !== undefined && part(device, key) !== undefined)
      complain([key], 'the text in config says it; leave it out here', { key: true })
  checkBars(bars, (path, message, about) => complain(['bars', ...path], message, about))
}

function checkMdevs(device: unknown, complain: Complain): void {
  const model = (['gvt', 'nvidia'] as const).find(key => part(device, key) !== undefined)
  const offers = model !== undefined || part(device, 'types') !== undefined
  if (offers && part(device, 'driver') === undefined)
    complain([], 'types of mdevs come from a driver; say which, with driver')
  if (model === undefined) {
    checkParent(device, complain)
    return
  }
  for (const key of ['types', 'resources', 'instances'])
    if (part(device, key) !== undefined)
      complain([key], `they follow from ${model}; leave one of them out`, { key: true })
  const below: Complain = (path, message, about) => complain([model, ...path], message, about)
  if (model === 'nvidia') {
    const said = part(part(device, 'config'), 'bytes')
    const vendor = said instanceof Uint8Array ? identityOf(said).vendor : part(part(device, 'id'), 'vendor')
    if (typeof vendor === 'number' && vendor !== NVIDIA)
      complain([model], "the driver takes NVIDIA's GPUs only, of vendor 10de", { key: true })
    checkNvidia(part(device, model), below)
  }
  if (model === 'gvt') checkAperture(device, below)
}

function checkAperture(device: unknown, complain: Complain): void {
  const gvt = part(device, 'gvt')
  checkGvt(gvt, complain)
  const bar = part(part(device, 'bars'), '2')
  const [size, aperture] = [part(bar, 'size'), part(gvt, 'aperture')]
  if (typeof size === 'number' && typeof aperture === 'number' && size !== aperture)
    complain(['aperture'], `the aperture is BAR 2, which has ${size / 2 ** 20}MB`)
}
