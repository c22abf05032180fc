import { endianness } from 'node:os'
import { loadLibc } from '../libc/index.ts'

/** linux/netlink.h, sys/socket.h. */
const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const NETLINK_KOBJECT_UEVENT = 15

/**
 * Opens a netlink socket in this process's network namespace through the C library, by way of koffi: Node has no netlink
 * sockets, and koffi ships binaries for all common architectures. A message is then with its listeners before the write
 * that caused it returns.
 *
 * @returns what sends one message, or undefined where koffi has no binary (s390x)
 */
export function openNetlink(): ((message: Buffer) => void) | undefined {
  const loaded = loadLibc()
  if (!loaded) return undefined
  const { koffi, libc } = loaded
  const socket = libc.func('int socket(int, int, int)')
  const sendto = libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)')
  const fd: number = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT)
  if (fd < 0) throw new Error(`no netlink socket: errno ${koffi.errno()}`)
  // struct sockaddr_nl of the kernel: family, padding, port 0, no groups
  const kernel = Buffer.alloc(12)
  if (endianness() === 'LE') kernel.writeUInt16LE(AF_NETLINK, 0)
  else kernel.writeUInt16BE(AF_NETLINK, 0)
  return message => {
    sendto(fd, message, message.length, 0, kernel, kernel.length)
  }
}
