import { readFileSync } from 'node:fs'

/** A recorded transcript, seen from the compiled tests. */
export function recorded(name: string): Buffer {
  return readFileSync(new URL(`../../../../test/oracle/recorded/${name}`, import.meta.url))
}
