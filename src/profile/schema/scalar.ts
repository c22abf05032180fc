import { z } from 'zod'
import { ERRNO, type ErrnoName } from '../../sysfs/lib/errno.ts'
import { parseBool, parseHex, parseNumber, parseRanges, type Ranges, Refusal, within } from './values.ts'

/**
 * Pieces of which the format is made. A profile's scalars reach the schema as they were written, since YAML's own idea
 * of them is not sysfs's (`5.10` is no number, and `04` is hexadecimal in `revision`).
 *
 * `what` says what is right, as a noun with an example: messages are made of it, and the descriptions in the JSON
 * Schema.
 */

/** How an editor's YAML parser, which does know numbers and booleans, sees a scalar. */
type Seen = 'string' | 'integer' | 'number' | 'boolean'

export function scalar<T>(what: string, parse: (text: string) => T | undefined, seen: readonly Seen[]) {
  return z
    .string({ error: what })
    .transform((text, context): T => {
      try {
        const value = parse(text)
        if (value !== undefined) return value
        context.addIssue({ code: 'custom', message: what, params: { expected: true } })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        context.addIssue({ code: 'custom', message: error.message, params: { line: error.line } })
      }
      return z.NEVER
    })
    .meta({ type: seen.length === 1 ? seen[0] : [...seen], description: what })
}

export const count = scalar('a number such as 28 or 0x1c', parseNumber, ['integer', 'string'])

/** A count of bytes, or whatever else a pool holds. */
export const amount = scalar('a number or a size such as 28 or 256MB', parseNumber, ['integer', 'string'])

export const size = scalar('a size such as 256MB or 4GB', parseNumber, ['integer', 'string'])

export function hex(digits: number, example: string) {
  const parse = within(0, 16 ** digits - 1, parseHex, 16)
  return scalar(`a hexadecimal number such as ${example}`, parse, ['integer', 'string'])
}

export function numberFrom(low: number, high: number) {
  return scalar(`a number from ${low} to ${high}`, within(low, high, parseNumber), ['integer', 'string'])
}

export const bool = scalar('yes or no', parseBool, ['boolean', 'string'])

/** How an editor sees words that happen to look like something else. */
const WORDS = ['string', 'number', 'boolean'] as const

/** A word that names something else in the profile. */
export const reference = z.string({ error: 'a name' }).meta({ type: [...WORDS] })

/** One line of text, for people. */
export const line = scalar('one line of text', text => (/^[^\n]+$/.test(text) ? text : undefined), WORDS)

/** Bytes that an attribute can read. */
const PAGE = 4095

/** sysfs knows bytes, not characters: text becomes its UTF-8 bytes, one char a byte. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function attributeText(text: string): string {
  const bytes = toBytes(text)
  if (bytes.length > PAGE)
    throw new Refusal(`the text has ${bytes.length} bytes, and an attribute reads at most ${PAGE}`)
  return bytes
}

/** What an attribute reads. */
export const content = scalar('text', attributeText, WORDS)

/** The same, one line. */
export const contentLine = scalar(
  'one line of text',
  text => (text.includes('\n') ? undefined : attributeText(text)),
  WORDS,
)

/** A name in sysfs. */
export const name = scalar(
  'a name as sysfs has them, of printable characters without blanks or slashes',
  text => (/^(?!\.{1,2}$)[!-.0-~]{1,255}$/.test(text) ? text : undefined),
  ['string', 'number'],
)

export const ranges = scalar<Ranges>('numbers and ranges such as 0-3,7', parseRanges, ['string', 'integer'])

/** One of some words; an editor takes those that look like numbers for numbers. */
export function word<const W extends readonly [string, ...string[]]>(...words: W) {
  const numbers = words.map(Number).filter(number => !Number.isNaN(number))
  const json = numbers.length > 0 ? { type: ['string', 'number'], enum: [...words, ...numbers] } : {}
  return z.enum(words, { error: `one of ${words.join(', ')}` }).meta(json)
}

export const errno = z.enum(Object.keys(ERRNO) as [ErrnoName, ...ErrnoName[]], {
  error: 'the name of an errno such as ENOSPC',
})
