import { z } from 'zod'
import { FUNCTIONS, type Mode, TYPE_CEX4, TYPE_CEX8 } from '../../../drivers/ap/adapter.ts'
import { FULL, MASK_BITS, type Mask, maskOf, parseMask } from '../../../drivers/ap/mask.ts'
import { Errno } from '../../../sysfs/lib/errno.ts'
import { checkMigration, migration } from '../../migration.ts'
import { fields, listOf, namesTo, related, shorthand } from '../../schema/fields.ts'
import { bool, contentLine, hex, numberFrom, ranges, reference, scalar } from '../../schema/scalar.ts'
import { type Ranges, Refusal } from '../../schema/values.ts'
import { quote } from '../../text/problem.ts'

/** Which bus is meant: there is one. */
export const address = z.enum(['bus'], { error: 'bus, the one AP bus of a machine' })

const LETTERS: { readonly [letter: string]: Mode } = { A: 'accel', C: 'cca', P: 'ep11' }

export interface CardType {
  readonly rawType: number
  readonly mode: Mode
}

function parseType(text: string): CardType | undefined {
  const [, generation, letter] = /^CEX([0-9])([ACP])$/.exec(text) ?? []
  if (letter === undefined) return undefined
  const rawType = Number(generation) - 4 + TYPE_CEX4
  if (rawType < TYPE_CEX4 || rawType > TYPE_CEX8) throw new Refusal(`${text} is not from CEX4 to CEX8`)
  return { rawType, mode: LETTERS[letter]! }
}

const MKVPS = /^(?:(?:AES|APKA|ASYM) (?:NEW|CUR|OLD)|WK (?:CUR|NEW)): \S+ (?:-|0x[0-9a-f]+)$/

/** Lines as `mkvps` has them. */
function parseMkvps(text: string): string | undefined {
  const lines = text.trimEnd().split('\n')
  for (const [number, line] of lines.entries()) {
    if (!MKVPS.test(line))
      throw new Refusal(`${quote(line)} is no line such as AES CUR: valid 0x1d14e52d6f8e7a90`, number)
  }
  return `${lines.join('\n')}\n`
}

const card = shorthand(
  'type',
  fields('a crypto card: its type such as CEX8C, or a map with type', {
    type: scalar('a type such as CEX8C: A accelerator, C CCA, P EP11', parseType, ['string']),
    functions: hex(8, '0x92000000')
      .meta({ description: `ap_functions; ${JSON.stringify(FUNCTIONS)} where nothing is said` })
      .exactOptional(),
    depth: numberFrom(1, 64).meta({ description: 'depth of the queues; 8' }).exactOptional(),
    max_msg_size: numberFrom(1, 2 ** 24)
      .meta({ description: 'bytes; 12288' })
      .exactOptional(),
    configured: bool.meta({ description: 'config; yes' }).exactOptional(),
    checkstopped: bool.meta({ description: 'chkstop; no' }).exactOptional(),
    serialnr: contentLine.exactOptional(),
    api_ordinalnr: contentLine.exactOptional(),
    fw_version: contentLine.exactOptional(),
    op_modes: contentLine.exactOptional(),
    mkvps: scalar('lines such as AES CUR: valid 0x1d14e52d6f8e7a90', parseMkvps, ['string'])
      .meta({ description: 'master key verification patterns, the same in every domain' })
      .exactOptional(),
  }),
)

const cardIds = scalar(
  'a card as sysfs has it in cardXX, such as 04, or a range such as 00-ff',
  text => (/^[0-9a-f]{2}(?:-[0-9a-f]{2})?$/.test(text) ? text : undefined),
  ['string'],
)

function setOf(ranges: Ranges | undefined): Mask | undefined {
  if (!ranges) return undefined
  const numbers: number[] = []
  for (const [low, high] of ranges) {
    if (high >= MASK_BITS) throw new Refusal(`${high} is more than ${MASK_BITS - 1}`)
    for (let n = low; n <= high; n++) numbers.push(n)
  }
  return maskOf(numbers)
}

/** Adapters or domains. */
const numbers = ranges.transform((value, context): Mask => {
  try {
    return setOf(value)!
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    context.addIssue({ code: 'custom', message: error.message })
    return z.NEVER
  }
})

const permissions = scalar(
  'a mask as it is written to apmask, such as -0x16 or 0xffff',
  text => {
    try {
      return parseMask(text, FULL)
    } catch (error) {
      if (error instanceof Errno) return undefined
      throw error
    }
  },
  ['string', 'integer'],
)

const uuid = scalar(
  'a UUID in small letters',
  text => (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined),
  ['string'],
)

const mdev = fields('a matrix: a map with adapters, domains and control_domains', {
  adapters: numbers.exactOptional(),
  domains: numbers.exactOptional(),
  control_domains: numbers.exactOptional(),
})

const shape = fields('the AP bus', {
  ap: address.meta({ description: 'the AP bus, with everything on it' }),
  cards: namesTo(card, 'a map of crypto cards, such as {04: CEX8C}', cardIds),
  usage_domains: numbers.meta({ description: 'domains of which every card has a queue' }),
  control_domains: numbers.meta({ description: 'the usage domains where nothing is said' }).exactOptional(),
  max_adapter: numberFrom(0, 255).meta({ description: 'ap_max_adapter_id; 255' }).exactOptional(),
  max_domain: numberFrom(0, 255).meta({ description: 'ap_max_domain_id; 84' }).exactOptional(),
  facilities: listOf(reference, 'the words of features, such as [APSC, APXA]').exactOptional(),
  interrupts: bool.meta({ description: 'ap_interrupts; yes' }).exactOptional(),
  sclp_configure: bool.meta({ description: 'whether config of a card can be written; yes' }).exactOptional(),
  apmask: permissions.meta({ description: 'adapters of the host; all' }).exactOptional(),
  aqmask: permissions.meta({ description: 'domains of the host; all' }).exactOptional(),
  vfio_ap: bool.meta({ description: 'whether the module is loaded; yes' }).exactOptional(),
  mdevs: namesTo(mdev, 'a map of UUIDs to matrices', uuid).exactOptional(),
  migration: migration
    .meta({ description: 'what matrix mdevs have of the proposed interfaces for migration' })
    .exactOptional(),
})

/** What a matrix mdev has, with which texts of `migration` can be filled. */
const MATRIX_ATTRIBUTES = ['ap_config', 'matrix', 'guest_matrix', 'control_domains']

/** An item of `devices` with the key `ap`. */
export const schema = related(shape, (ap, complain) =>
  checkMigration(ap, { kind: 'type', pools: [], attributes: MATRIX_ATTRIBUTES }, complain),
)
export type ApDescription = z.output<typeof schema>
