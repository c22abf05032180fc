import type { z } from 'zod'
import { Directory } from '../sysfs/kernfs/directory.ts'
import { Symlink } from '../sysfs/kernfs/symlink.ts'
import { attrRO, attrRW, binAttr, type Entry, EntryTable } from '../sysfs/kernfs/table.ts'
import { type Complain, entries, fields, namesTo, related, shorthand } from './schema/fields.ts'
import { content, scalar } from './schema/scalar.ts'

const path = scalar(
  'a path below /sys, such as /sys/firmware/efi/fw_platform_size',
  text => (/^\/sys(\/(?!\.{1,2}(\/|$))[!-.0-~]{1,255})+$/.test(text) ? text : undefined),
  ['string'],
)

const node = shorthand(
  'content',
  fields('text, {} for a directory, or a map with content, bytes or link', {
    content: content
      .meta({ description: 'what the file reads; the newline at the end may be left out' })
      .exactOptional(),
    bytes: scalar(
      'bytes in hexadecimal, such as 48 65 6c 6c 6f',
      text => (/^([0-9a-f]{2}\s*)*$/i.test(text) ? Buffer.from(text.replace(/\s/g, ''), 'hex') : undefined),
      ['string'],
    ).exactOptional(),
    link: path.meta({ description: 'the directory that a link leads to' }).exactOptional(),
    mode: scalar(
      'a mode such as 0444 or 0644',
      text => (/^0?[046]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined),
      ['string', 'integer'],
    )
      .meta({ description: '0444 where nothing is said; a file that may be written keeps what is written' })
      .exactOptional(),
  }),
)

type Description = z.output<typeof node>

/** `static`: directories, files and links by their paths, as a board has them besides its devices. */
export const statics = related(
  namesTo(node, 'a map of paths, such as {/sys/class/dmi/id/sys_vendor: LENOVO}', path),
  checkStatics,
)

export type Statics = z.output<typeof statics>

const CONTENTS = ['content', 'bytes', 'link'] as const

function checkStatics(statics: unknown, complain: Complain): void {
  for (const [path, node] of entries(statics)) {
    const [first, second] = entries(node).filter(([key]) => CONTENTS.some(content => content === key))
    if (first && second)
      complain([path, second[0]], `a node is one thing, and this one has ${first[0]} and ${second[0]}`, {
        key: true,
      })
  }
}

/** Why a static node could not be put where the profile says. */
export class StaticError extends Error {}

/** Puts a node into the tree; directories above it are made where they are missing. */
export function addStatic(
  root: Directory,
  path: string,
  { content, bytes, link, mode = 0o444 }: Description,
): void {
  const steps = path.split('/').slice(1)
  const name = steps.pop()!
  const directory = steps.reduce(descend, root)
  const known = directory.lookup(name)
  const isDirectory = content === undefined && bytes === undefined && link === undefined
  if (known && !(isDirectory && known instanceof Directory)) throw new StaticError(`${path} is there already`)
  if (isDirectory) directory.ensure(name)
  else if (link !== undefined) directory.symlink(name, follow(root, link))
  else if (bytes) directory.attach(new EntryTable([staticBytes(name, mode, bytes)]), undefined)
  else directory.attach(new EntryTable([staticText(name, mode, content!)]), undefined)
}

function descend(directory: Directory, step: string): Directory {
  const node = directory.lookup(step)
  if (!node) return directory.mkdir(step)
  if (node instanceof Symlink) return node.target
  if (node instanceof Directory) return node
  throw new StaticError(`${node.path} is a file, and nothing can stand below it`)
}

function follow(root: Directory, path: string): Directory {
  let directory = root
  for (const step of path.split('/').slice(1)) {
    const node = directory.lookup(step)
    if (node instanceof Symlink) directory = node.target
    else if (node instanceof Directory) directory = node
    else throw new StaticError(`there is no directory ${path} that the link could lead to`)
  }
  return directory
}

function staticText(name: string, mode: number, content: string): Entry<unknown> {
  let text = content === '' || content.endsWith('\n') ? content : `${content}\n`
  if ((mode & 0o222) === 0) return attrRO(name, () => text, { mode })
  return attrRW(
    name,
    () => text,
    (_, buf) => {
      text = buf
    },
    { mode },
  )
}

function staticBytes(name: string, mode: number, bytes: Buffer): Entry<unknown> {
  const read = (_: unknown, offset: number, length: number) => bytes.subarray(offset, offset + length)
  return binAttr(name, mode & 0o444, { size: () => bytes.length, read })
}
