import { Errno } from '../lib/errno.ts'
import type { Node } from './node.ts'

export const XATTR_CREATE = 1
export const XATTR_REPLACE = 2

/** Namespaces that kernfs keeps in memory (fs/kernfs/inode.c `kernfs_xattr_handlers`). */
function isKept(name: string): boolean {
  return name.startsWith('trusted.') || name.startsWith('security.')
}

/** getxattr(2): ENODATA where nothing is set, EOPNOTSUPP for ACLs and unknown namespaces. */
export function getxattr(node: Node, name: string): Uint8Array {
  const value = node.hasXattrs ? node.xattrs.get(name) : undefined
  if (value) return value
  throw new Errno(isKept(name) || name.startsWith('user.') ? 'ENODATA' : 'EOPNOTSUPP')
}

/**
 * setxattr(2): trusted.* and security.* are kept with the node; user.* EOPNOTSUPP, ACLs EINVAL; EEXIST and ENODATA for
 * XATTR_CREATE and XATTR_REPLACE.
 */
export function setxattr(node: Node, name: string, value: Uint8Array, flags: number): void {
  if (!isKept(name)) {
    throw new Errno(name.startsWith('system.posix_acl_') ? 'EINVAL' : 'EOPNOTSUPP')
  }
  const exists = node.hasXattrs && node.xattrs.has(name)
  if (flags & XATTR_CREATE && exists) throw new Errno('EEXIST')
  if (flags & XATTR_REPLACE && !exists) throw new Errno('ENODATA')
  node.xattrs.set(name, Uint8Array.from(value))
}

/** removexattr(2). */
export function removexattr(node: Node, name: string): void {
  if (!isKept(name)) throw new Errno('EOPNOTSUPP')
  if (!node.hasXattrs || !node.xattrs.delete(name)) throw new Errno('ENODATA')
}

/** listxattr(2): names in order of bytes. */
export function listxattr(node: Node): string[] {
  return node.hasXattrs ? [...node.xattrs.keys()].sort() : []
}
