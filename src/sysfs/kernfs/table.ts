import type { Task } from '../lib/completion.ts'
import type { Directory } from './directory.ts'
import { nameHash } from './hash.ts'

/** Who asks: the credentials of the opener and the process that made the call. */
export interface Caller {
  readonly uid: number
  readonly gid: number
  readonly pid: number
}

/**
 * `store()` answers nothing for "took it all", or the count to return; one that may have to wait is a generator.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a store that returns nothing took everything
export type StoreResult = void | number | Task<void | number>

/**
 * A text attribute: `struct device_attribute` and its kin (include/linux/sysfs.h).
 *
 * Text is a *byte string*, one char a byte (Latin-1), as the kernel neither knows nor cares about encodings.
 */
export interface TextAttribute<T> {
  readonly kind: 'text'
  readonly name: string
  /** Permission bits, 0444 and the like. */
  readonly mode: number
  /** Whether the object shows it at all; absent means always. Evaluated live: see {@link Directory.revalidate}. */
  present?(object: T): boolean
  /** At most 4095 bytes. Throws an Errno that read(2) then fails with. */
  show?(object: T): string
  /** @param buf what one write(2) brought, at most 4096 bytes, NULs and all; parsers end at the first NUL. */
  store?(object: T, buf: string, caller: Caller): StoreResult
}

/** A binary attribute: `struct bin_attribute`. The offset matters. */
export interface BinAttribute<T> {
  readonly kind: 'bin'
  readonly name: string
  readonly mode: number
  present?(object: T): boolean
  /** st_size; 0 means unbounded, and then read and write decide. */
  size(object: T): number
  /** At most a page at a time (fs/kernfs/file.c); offset and length are already cut to size. */
  read?(object: T, offset: number, length: number, opener: Caller): Uint8Array
  /** @returns how many bytes were taken */
  write?(object: T, data: Uint8Array, offset: number, opener: Caller): number
  /** True where the kernel lets the file be mapped (PCI resources): reading and writing then need not exist. */
  readonly mmap?: boolean
}

/** A symlink that the core makes from what the object knows: `subsystem`, `driver`, `iommu_group`. */
export interface LinkEntry<T> {
  readonly kind: 'link'
  readonly name: string
  /** Where it leads; undefined while there is nothing to lead to. */
  target(object: T): Directory | undefined
}

/** A named attribute group: a subdirectory of attributes of the same object. */
export interface GroupEntry<T> {
  readonly kind: 'group'
  readonly name: string
  present?(object: T): boolean
  readonly table: EntryTable<T>
}

export type Entry<T> = TextAttribute<T> | BinAttribute<T> | LinkEntry<T> | GroupEntry<T>

/** The usual mode is 0444. */
export function attrRO<T>(
  name: string,
  show: (object: T) => string,
  more: Partial<TextAttribute<T>> = {},
): TextAttribute<T> {
  return { kind: 'text', name, mode: 0o444, show, ...more }
}

/** The usual mode is 0200. */
export function attrWO<T>(
  name: string,
  store: (object: T, buf: string, caller: Caller) => StoreResult,
  more: Partial<TextAttribute<T>> = {},
): TextAttribute<T> {
  return { kind: 'text', name, mode: 0o200, store, ...more }
}

/** The usual mode is 0644. */
export function attrRW<T>(
  name: string,
  show: (object: T) => string,
  store: (object: T, buf: string, caller: Caller) => StoreResult,
  more: Partial<TextAttribute<T>> = {},
): TextAttribute<T> {
  return { kind: 'text', name, mode: 0o644, show, store, ...more }
}

export function binAttr<T>(
  name: string,
  mode: number,
  more: Omit<BinAttribute<T>, 'kind' | 'name' | 'mode'>,
): BinAttribute<T> {
  return { kind: 'bin', name, mode, ...more }
}

export function link<T>(name: string, target: (object: T) => Directory | undefined): LinkEntry<T> {
  return { kind: 'link', name, target }
}

/** A named attribute group (`struct attribute_group` with a name). */
export function group<T>(
  name: string,
  entries: readonly Entry<T>[],
  present?: (object: T) => boolean,
): GroupEntry<T> {
  const table = new EntryTable(entries)
  return present ? { kind: 'group', name, table, present } : { kind: 'group', name, table }
}

/**
 * Attribute groups, made once for each kind of object and shared by all objects of that kind: an object costs nothing
 * for the files that nobody looked at. Entries are kept in the order in which the kernel lists them.
 */
export class EntryTable<T> {
  readonly entries: readonly Entry<T>[]
  readonly hashes: readonly number[]
  /** Inode numbers that an object sets aside for this table, nested groups included. */
  readonly span: number
  readonly #index = new Map<string, number>()
  readonly #inodes: readonly number[]

  constructor(entries: readonly Entry<T>[]) {
    const hashed = entries.map(entry => ({ entry, hash: nameHash(entry.name) }))
    hashed.sort((a, b) => a.hash - b.hash || (a.entry.name < b.entry.name ? -1 : 1))
    this.entries = hashed.map(({ entry }) => entry)
    this.hashes = hashed.map(({ hash }) => hash)
    const inodes: number[] = []
    let span = 0
    for (const [i, entry] of this.entries.entries()) {
      if (this.#index.has(entry.name)) throw new Error(`attribute ${entry.name} twice in one table`)
      this.#index.set(entry.name, i)
      inodes.push(span)
      span += entry.kind === 'group' ? 1 + entry.table.span : 1
    }
    this.#inodes = inodes
    this.span = span
  }

  /** The place of a name in {@link entries}, or -1. */
  indexOf(name: string): number {
    return this.#index.get(name) ?? -1
  }

  /** How far the inode number of an entry lies from the first that the object set aside. */
  inode(index: number): number {
    return this.#inodes[index]!
  }
}

/** Whether the object shows the entry now. */
export function isPresent<T>(entry: Entry<T>, object: T): boolean {
  if (entry.kind === 'link') return entry.target(object) !== undefined
  return entry.present === undefined || entry.present(object)
}
