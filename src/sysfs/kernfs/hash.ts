/** The d_off of the end of a directory: no name hashes to it. */
export const HASH_END = 0x7fffffff

const GOLDEN_HI = 0x61c88646
const GOLDEN_LO = 0x80b583eb

/**
 * The hash by which kernfs sorts the names of a directory, and which getdents64 shows as d_off: `full_name_hash()` of
 * a 64-bit kernel cut to 31 bits (fs/kernfs/dir.c `kernfs_name_hash()`, fs/namei.c, include/linux/hash.h).
 *
 * @param name a byte string
 * @returns 2 to 0x7ffffffe; 0 and 1 stand for `.` and `..`
 */
export function nameHash(name: string): number {
  let hi = 0
  let lo = 0
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i)
    // x = (x + (c << 4) + (c >> 4)) * 11, modulo 2^64, in two halves
    lo += (c << 4) + (c >> 4)
    if (lo > 0xffffffff) {
      lo -= 0x100000000
      hi = (hi + 1) | 0
    }
    const product = lo * 11
    lo = product % 0x100000000
    hi = (Math.imul(hi, 11) + (product - lo) / 0x100000000) | 0
  }
  // hash_64(x, 32): the upper half of x * GOLDEN_RATIO_64
  const upper = mulHigh(lo, GOLDEN_LO) + Math.imul(lo, GOLDEN_HI) + Math.imul(hi, GOLDEN_LO)
  const hash = upper & 0x7fffffff
  if (hash < 2) return hash + 2
  return hash >= HASH_END ? HASH_END - 1 : hash
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const ah = a >>> 16
  const al = a & 0xffff
  const bh = b >>> 16
  const bl = b & 0xffff
  const low = al * bl
  const mid = ah * bl + Math.floor(low / 0x10000)
  const mid2 = al * bh + (mid % 0x10000)
  return (ah * bh + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000)) | 0
}
