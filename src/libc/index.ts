import { createRequire } from 'node:module'

/**
 * The C library, for the few calls that Node lacks, by way of koffi, which ships binaries for all common architectures;
 * undefined where it has none (s390x).
 */
export function loadLibc(): { readonly koffi: Koffi; readonly libc: ReturnType<Koffi['load']> } | undefined {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi
    return { koffi, libc: koffi.load(null) }
  } catch {
    return undefined
  }
}

type Koffi = typeof import('koffi')
