import { z } from 'zod'
import { name } from './scalar.ts'

/** What {@link fields} tells an unknown key: the keys that are known, with blanks between. */
function knownKeys(shape: z.core.$ZodShape): string {
  return Object.keys(shape).join(' ')
}

/** A map with these keys and no others. */
export function fields<S extends z.core.$ZodLooseShape>(what: string, shape: S) {
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? knownKeys(shape) : what),
  })
}

/** The map, or its most important part alone: `28` for `{total: 28}`. */
export function shorthand<S extends z.ZodType>(key: string, schema: S) {
  const isWhole = (value: unknown) => typeof value === 'object' && !Array.isArray(value)
  return z
    .preprocess(value => (value === undefined || isWhole(value) ? value : { [key]: value }), schema)
    .meta({ shorthand: key })
}

/** A list, or one word, which is then a list of itself. */
export function listOf<S extends z.ZodType>(item: S, what: string) {
  const list = z.array(item, { error: what })
  return z
    .preprocess(value => (typeof value === 'string' ? [value] : value), list)
    .meta({ description: what, shorthand: 'item' })
}

/** A map of names, which the profile chooses, to values of one form. */
export function namesTo<S extends z.ZodType>(value: S, what: string, key: z.ZodType<string, string> = name) {
  return z.record(key, value, { error: what }).meta({ description: what })
}

/** What a complaint is about besides the value that its path leads to. */
export interface About {
  /** The key is meant, not the value. */
  readonly key?: boolean
  /** Where {@link OTHER} in the message is: its line stands there. */
  readonly other?: readonly PropertyKey[]
}

/** In a message: the line of another part of the profile. */
export const OTHER = '{other}'

/** Complains about the part of a value that the path leads to. */
export type Complain = (path: readonly PropertyKey[], message: string, about?: About) => void

/**
 * What parts of a value have to do with each other. It is looked at also where single parts are wrong, so that all
 * mistakes are told at once: {@link items}, {@link entries} and {@link part} bear what has the wrong kind.
 */
export function related<S extends z.ZodType>(
  schema: S,
  check: (value: unknown, complain: Complain) => void,
): S {
  return schema.superRefine(
    (value, context) =>
      check(value, (path, message, about) =>
        context.addIssue({
          code: 'custom',
          path: [...path],
          message,
          params: { ...about, depth: path.length },
        }),
      ),
    { when: () => true },
  )
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

export function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown })[key] : undefined
}
