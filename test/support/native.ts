import { loadNative } from '../../src/fuse/native/package.ts'

/** Why fuse-native can not be used here, if so. */
export function noPackage(): string | undefined {
  try {
    loadNative()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
