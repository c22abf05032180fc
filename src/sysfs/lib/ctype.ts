/** `isspace()` over Latin-1 (lib/ctype.c): tab to carriage return, blank, and the no-break blank 0xA0. */
export function isSpace(char: string | undefined): boolean {
  return char !== undefined && ((char >= '\t' && char <= '\r') || char === ' ' || char === '\xa0')
}

/** `skip_spaces()`: the first place at or after `at` that is no white space. */
export function skipSpaces(text: string, at = 0): number {
  let end = at
  while (isSpace(text[end])) end++
  return end
}

/** The text as a C string: a store's buffer ends at the first NUL. */
export function cString(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
