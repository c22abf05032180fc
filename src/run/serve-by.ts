import { fusermount, isNativeInstalled, serve, serveNative } from '../fuse/index.ts'
import type { Transport } from './transport.ts'

/** fuse-native for users who can mount by fusermount only, kernel for root. */
export function chooseTransport(): Transport {
  return process.getuid!() !== 0 && fusermount() !== undefined && isNativeInstalled()
    ? 'fuse-native'
    : 'kernel'
}

/** What serves by that transport. */
export function serveBy(transport: Transport): typeof serve {
  return transport === 'fuse-native' ? serveNative : serve
}
