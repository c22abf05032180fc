/** `sysfs_streq()` (lib/string_helpers.c): equal but for one optional trailing newline on either side. */
export function sysfsStreq(a: string, b: string): boolean {
  return withoutNewline(a) === withoutNewline(b)
}

function withoutNewline(text: string): string {
  const end = text.indexOf('\0')
  return (end < 0 ? text : text.slice(0, end)).replace(/\n$/, '')
}
