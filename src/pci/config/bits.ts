/** A run of bits of a register, `[high, low]`, or one bit. */
export type Bits = number | readonly [high: number, low: number]

/** Little-endian bits from a byte on, at most 32 of them; beyond the end all is zero. */
export function getBits(bytes: Uint8Array, at: number, low: number, width: number): number {
  let value = 0
  for (let i = (low + width - 1) >> 3; i >= 0; i--) value = value * 0x100 + (bytes[at + i] ?? 0)
  return Math.floor(value / 2 ** low) % 2 ** width
}

/** Only whole bits of the run change. */
export function setBits(bytes: Uint8Array, at: number, low: number, width: number, value: number): void {
  for (let bit = 0; bit < width; ) {
    const index = at + ((low + bit) >> 3)
    const shift = (low + bit) & 7
    const count = Math.min(8 - shift, width - bit)
    const mask = ((1 << count) - 1) << shift
    const part = Math.floor(value / 2 ** bit) << shift
    bytes[index] = (bytes[index]! & ~mask) | (part & mask)
    bit += count
  }
}
