import { spawnSync } from 'node:child_process'
import test from 'ava'
import { asUser, USERS_MDEVFS, whyUserCanNot } from './ordinary-user.ts'
import { mdevfs, noMount, type Output } from './processes.ts'

/** What has to be there, and the Debian package that brings it. */
const NEEDED = { libvirtd: 'libvirt-daemon', virsh: 'libvirt-clients', mdevctl: 'mdevctl', udevadm: 'udev' }

/** For nodedev-detach. */
const DRIVER = '/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so'

const missing = Object.entries(NEEDED)
  .filter(
    ([program]) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${program}`]).status !== 0,
  )
  .map(([program, name]) => `${program} (${name})`)
if (spawnSync('sh', ['-c', `ls ${DRIVER}`]).status !== 0)
  missing.push("libvirt's driver for QEMU (libvirt-daemon-driver-qemu)")

/** Why libvirt can not be run here; undefined where it can. */
const noLibvirt: string | undefined =
  noMount ?? (missing.length > 0 ? `it would need ${missing.join(', ')}` : undefined)

/** Why a user other than root can not run it. */
const noUsersLibvirt: string | undefined =
  noLibvirt ?? whyUserCanNot('unshare -r -m -n mount -t tmpfs x /mnt')

export type Who = 'root' | 'an ordinary user'
export const USERS: readonly Who[] = ['root', 'an ordinary user']

const lacking = { root: noLibvirt, 'an ordinary user': noUsersLibvirt }
for (const who of USERS)
  if (lacking[who] !== undefined) console.log(`libvirt, ${who}: skipped, ${lacking[who]}`)

/** One after the other: each has a libvirtd and a udevd. */
export const libvirtTest = (who: Who) => (lacking[who] === undefined ? test.serial : test.serial.skip)

interface Options {
  readonly who?: Who
  readonly options?: readonly string[]
}

/** Runs a shell script beside a libvirtd on a fake machine. */
export function libvirt(script: string, { who = 'root', options = [] }: Options = {}): Promise<Output> {
  return mdevfsAs(who, 'libvirt', ...options, '--', 'sh', '-ec', script)
}

/** Runs `mdevfs` as that user. */
export function mdevfsAs(who: Who, ...args: string[]): Promise<Output> {
  return who === 'root' ? mdevfs(...args) : asUser(process.execPath, USERS_MDEVFS, ...args)
}
