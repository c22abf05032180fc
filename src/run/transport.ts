/** How a machine gets mounted: the kernel's protocol spoken here, or by way of the package fuse-native. */
export const TRANSPORTS = ['kernel', 'fuse-native'] as const
export type Transport = (typeof TRANSPORTS)[number]
