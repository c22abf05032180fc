import type { Span } from './source.ts'

/** What YAML says, before anybody asks what it means: every scalar is the text as written. */
export type Value = string | Value[] | { [key: string]: Value }

/** Where the parts of one list or map stand. */
interface Parts {
  readonly keys: Map<string, Span>
  readonly values: Map<string, Span>
}

/** A profile's content with the places of all its parts. */
export class Tree {
  readonly root: Value
  readonly #rootSpan: Span
  readonly #parts: WeakMap<object, Parts>

  constructor(root: Value, rootSpan: Span, parts: WeakMap<object, Parts>) {
    this.root = root
    this.#rootSpan = rootSpan
    this.#parts = parts
  }

  /** The value at the path; undefined where there is none. */
  at(path: readonly PropertyKey[]): Value | undefined {
    let value: Value | undefined = this.root
    for (const key of path) {
      if (typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
      value = (value as { [key: PropertyKey]: Value })[key]
    }
    return value
  }

  /**
   * The path as it is written: where a map or a list may be left out around one word, what the path says of its inside
   * is the word.
   */
  written(path: readonly PropertyKey[]): readonly PropertyKey[] {
    const real: PropertyKey[] = []
    for (const step of path) {
      const holder = this.at(real)
      if (typeof holder === 'string') break
      if (!Array.isArray(holder) || typeof step === 'number') real.push(step)
    }
    return real
  }

  /** The place of a value; of what holds it, where it is not there. */
  span(path: readonly PropertyKey[]): Span {
    for (let length = path.length; length > 0; length--) {
      const span = this.#part(path.slice(0, length))?.values.get(String(path[length - 1]))
      if (span) return span
    }
    return this.#rootSpan
  }

  /** The place of a key. */
  keySpan(path: readonly PropertyKey[]): Span {
    return this.#part(path)?.keys.get(String(path.at(-1))) ?? this.span(path)
  }

  /** Of the holder of the last step. */
  #part(path: readonly PropertyKey[]): Parts | undefined {
    const holder = this.at(path.slice(0, -1))
    return typeof holder === 'object' ? this.#parts.get(holder) : undefined
  }
}

/** Notes the places while a {@link Tree} is made. */
export class TreeBuilder {
  readonly #parts = new WeakMap<object, Parts>()

  list(): Value[] {
    return this.#note([])
  }

  map(): { [key: string]: Value } {
    return this.#note(Object.create(null) as { [key: string]: Value })
  }

  item(list: Value[], value: Value, span: Span): void {
    this.#parts.get(list)!.values.set(String(list.length), span)
    list.push(value)
  }

  entry(map: { [key: string]: Value }, key: string, keySpan: Span, value: Value, span: Span): void {
    const parts = this.#parts.get(map)!
    parts.keys.set(key, keySpan)
    parts.values.set(key, span)
    map[key] = value
  }

  /** The place of a key that the map has already. */
  keySpan(map: { [key: string]: Value }, key: string): Span | undefined {
    return this.#parts.get(map)!.keys.get(key)
  }

  done(root: Value, span: Span): Tree {
    return new Tree(root, span, this.#parts)
  }

  #note<T extends object>(container: T): T {
    this.#parts.set(container, { keys: new Map(), values: new Map() })
    return container
  }
}
