import test from 'ava'
import fc from 'fast-check'
import { HASH_END, nameHash } from '../../../src/sysfs/kernfs/hash.ts'

/** fs/kernfs/dir.c in the plainest terms, as the yardstick. */
function reference(name: string): number {
  const mask = (1n << 64n) - 1n
  let x = 0n
  for (const char of Buffer.from(name, 'latin1')) {
    const c = BigInt(char)
    x = ((x + (c << 4n) + (c >> 4n)) * 11n) & mask
  }
  const hash = Number((((x * 0x61c8864680b583ebn) & mask) >> 32n) & 0x7fffffffn)
  if (hash < 2) return hash + 2
  return hash >= HASH_END ? HASH_END - 1 : hash
}

test('hashes that a kernel printed as d_off', t => {
  for (const [name, hash] of [
    ['runtime_active_time', 0x067bdf8e],
    ['runtime_status', 0x50bf575e],
    ['autosuspend_delay_ms', 0x5bb571b6],
    ['runtime_suspended_time', 0x5ecb4a30],
    ['control', 0x63d8c823],
    ['uevent', 45078383],
    ['0000:03:00.0', 21285024],
  ] as const) {
    t.is(nameHash(name), hash, name)
  }
})

test('every name of bytes hashes as in 64-bit arithmetic', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const name = Buffer.from(bytes).toString('latin1')
      t.is(nameHash(name), reference(name))
    }),
  )
})
