import type { Described } from './kind.ts'
import { type MachineDescription, machine } from './machine.ts'
import { explain } from './schema/explain.ts'
import { type Problem, ProfileError, problemAt, sorted } from './text/problem.ts'
import type { Place, Source, Span } from './text/source.ts'
import type { Tree } from './text/tree.ts'
import { parseYaml } from './text/yaml.ts'

/** A profile that is right in itself. */
export class Profile {
  readonly file: string
  readonly description: MachineDescription
  readonly #source: Source
  readonly #tree: Tree

  /** Throws a {@link ProfileError} that knows everything that is wrong. */
  constructor(source: Source) {
    this.file = source.file
    this.#source = source
    this.#tree = parseYaml(source)
    const { data, error } = machine.safeParse(this.#tree.root)
    if (error) throw new ProfileError(sorted(explain(source, this.#tree, error.issues)))
    this.description = data
  }

  get name(): string {
    return this.description.name
  }

  get summary(): string {
    return this.description.summary
  }

  get devices(): readonly Described[] {
    return this.description.devices ?? []
  }

  /** Where a part of it stands, or the key of the part. */
  place(path: readonly PropertyKey[], about: 'key' | 'value' = 'value'): Place {
    return this.#source.place(this.#span(path, about).start)
  }

  /** Something that is wrong with a part of it, in the light of other things. */
  problem(path: readonly PropertyKey[], message: string, about: 'key' | 'value' = 'value'): Problem {
    return problemAt(this.#source, this.#span(path, about), message)
  }

  #span(path: readonly PropertyKey[], about: 'key' | 'value'): Span {
    const written = this.#tree.written(path)
    return about === 'key' ? this.#tree.keySpan(written) : this.#tree.span(written)
  }
}
