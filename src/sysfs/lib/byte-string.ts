const ASCII = /^[\0-\x7f]*$/

/** The tree has byte strings, `fs` has strings of UTF-8: the name in the tree. */
export function toBytes(name: string): string {
  return ASCII.test(name) ? name : Buffer.from(name, 'utf8').toString('latin1')
}

/** The name as `fs` shows it. */
export function fromBytes(name: string): string {
  return ASCII.test(name) ? name : Buffer.from(name, 'latin1').toString('utf8')
}
