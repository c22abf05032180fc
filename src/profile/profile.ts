import type { Described } from './kind.ts'
import { type MachineDescription, machine } from './machine.ts'
import { explain } from './schema/explain.ts'
import { type Problem, ProfileError, problemAt, sorted } from './text/problem.ts'
import type { Place, Source } from './text/source.ts'
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

  /** Where a part of it stands. */
  place(path: readonly PropertyKey[]): Place {
    return this.#source.place(this.#tree.span(path).start)
  }

  /** Something that is wrong with a part of it, in the light of other things. */
  problem(path: readonly PropertyKey[], message: string): Problem {
    return problemAt(this.#source, this.#tree.span(path), message)
  }
}
