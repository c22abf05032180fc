/** `%0*x`: hexadecimal digits, at least so many. */
export function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
