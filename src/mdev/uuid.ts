import { Errno } from '../sysfs/lib/errno.ts'

const UUID_STRING_LENGTH = 36
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

/**
 * The UUID that somebody wrote to `create` (drivers/vfio/mdev/mdev_sysfs.c `create_store()`): 36 bytes and one that
 * nobody looks at; EINVAL for any other length or form.
 *
 * @returns in lower case, as the device is named (`%pUl`)
 */
export function parseUuid(buf: string): string {
  const { length } = buf
  if (length !== UUID_STRING_LENGTH && length !== UUID_STRING_LENGTH + 1) throw new Errno('EINVAL')
  const uuid = UUID.exec(buf)?.[0]
  if (!uuid) throw new Errno('EINVAL')
  return uuid.toLowerCase()
}
