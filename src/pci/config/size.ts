const UNITS = { '': 0n, K: 10n, M: 20n, G: 30n, T: 40n, P: 50n, E: 60n } as const

/** Pairs of hexadecimal digits without anything between them. */
export function parseBytes(text: string): Uint8Array | undefined {
  return /^([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined
}

/** `4096` or `16K`; bytes. */
export function parseSize(text: string): bigint | undefined {
  const [, count, unit] = /^(\d{1,19})([KMGTPE]?)$/.exec(text) ?? []
  return count === undefined ? undefined : BigInt(count) << UNITS[unit as keyof typeof UNITS]
}

/** As {@link parseSize} reads it, with the largest unit that divides it. */
export function printSize(size: bigint): string {
  const [unit, shift] = Object.entries(UNITS).findLast(([, bits]) => size % (1n << bits) === 0n)!
  return `${size >> shift}${unit}`
}
