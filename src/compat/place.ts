import { posix } from 'node:path'

/** What of `fs` is used: node:fs itself, or what {@link openVolume} gives. */
export interface FileSystem {
  readFileSync(path: string, encoding: 'utf8'): unknown
  writeFileSync(path: string, text: string): void
  readdirSync(path: string): unknown
  realpathSync(path: string): unknown
  statSync(path: string): { isDirectory(): boolean }
}

/** A directory that can not be asked at all: not there, or neither a device nor a type. */
export class CompatError extends Error {
  override readonly name = 'CompatError'
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}

/**
 * A device, or a type of mdev that a parent offers, as management software sees it: a directory with files, of whatever
 * sysfs, fake or real.
 */
export class Place {
  readonly path: string
  readonly isType: boolean
  readonly #fs: FileSystem

  /** Throws a {@link CompatError} with a sentence. */
  constructor(path: string, fs: FileSystem) {
    this.path = path
    this.#fs = fs
    if (this.#list('') === undefined)
      throw new CompatError(
        `${path} is no directory that can be read: name a device, such as /sys/bus/mdev/devices/UUID, or a type in mdev_supported_types.`,
      )
    this.isType = this.has('create') && this.has('available_instances')
    if (!this.isType && !this.has('uevent'))
      throw new CompatError(
        `${path} is neither a device nor a type: name a directory such as /sys/bus/mdev/devices/UUID, or one in mdev_supported_types.`,
      )
  }

  /** The type's directory: itself, or the one that its link `mdev_type` leads to. */
  get type(): Place | undefined {
    if (this.isType) return this
    return this.has('mdev_type') ? new Place(`${this.path}/mdev_type`, this.#fs) : undefined
  }

  /** `i915-GVTg_V5_4`. */
  get typeName(): string | undefined {
    const type = this.type
    return type && posix.basename(String(this.#fs.realpathSync(type.path)))
  }

  has(name: string): boolean {
    try {
      this.#fs.statSync(`${this.path}/${name}`)
      return true
    } catch {
      return false
    }
  }

  /** The text of a file, without the newline at its end; or the errno that reading it gives. */
  read(name: string): { readonly text: string } | { readonly errno: string } {
    try {
      const text = String(this.#fs.readFileSync(`${this.path}/${name}`, 'utf8'))
      return { text: text.endsWith('\n') ? text.slice(0, -1) : text }
    } catch (error) {
      return { errno: codeOf(error) }
    }
  }

  /** The same, where a file that can not be read is as good as none. */
  text(name: string): string | undefined {
    const read = this.read(name)
    return 'text' in read ? read.text : undefined
  }

  /** @returns the errno that it fails with, if it does */
  write(name: string, text: string): string | undefined {
    try {
      this.#fs.writeFileSync(`${this.path}/${name}`, `${text}\n`)
      return undefined
    } catch (error) {
      return codeOf(error)
    }
  }

  /** The names in a directory, sorted; none where it is no directory. */
  names(name: string): readonly string[] {
    return this.#list(name) ?? []
  }

  isDirectory(name: string): boolean {
    return this.#list(name) !== undefined
  }

  #list(name: string): string[] | undefined {
    try {
      return (this.#fs.readdirSync(name === '' ? this.path : `${this.path}/${name}`) as string[]).toSorted()
    } catch {
      return undefined
    }
  }
}
