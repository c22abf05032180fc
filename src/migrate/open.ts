import { type FileHandle, open, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { KABI_2018_REGION } from '../vfio/migration/kabi-2018.ts'
import { V1_REGION } from '../vfio/migration/v1.ts'
import { type DeviceFile, openDeviceFile } from './device-file.ts'
import { MigrateError } from './error.ts'
import { Fields } from './fields.ts'
import { Side2018 } from './kabi-2018.ts'
import type { Side } from './side.ts'
import { SideV1 } from './v1.ts'
import { SideV2, type StateFiles } from './v2.ts'

export interface OpenSide {
  readonly generation: 'kabi-2018' | 'v1' | 'v2'
  readonly side: Side
  readonly device: DeviceFile
}

/** Opens a device for migration: the directory of a device in a sysfs, of which /dev is a neighbour. */
export async function openSide(directory: string): Promise<OpenSide> {
  const { name, sys, node } = await findDevice(directory)
  const device = await openDeviceFile(node)
  try {
    for (const region of device.regions) {
      const fields = () => new Fields(device, region)
      const { type, subtype } = region.type ?? {}
      if (type === V1_REGION.type && subtype === V1_REGION.subtype)
        return { generation: 'v1', side: new SideV1(fields()), device }
      if (type === KABI_2018_REGION.type && subtype === KABI_2018_REGION.subtype)
        return { generation: 'kabi-2018', side: new Side2018(fields()), device }
    }
    const files = await openStateFiles(join(sys, 'kernel/debug/vfio', name, 'migration'))
    if (files) return { generation: 'v2', side: new SideV2(files, device), device }
    throw new MigrateError(
      `${directory} can not save its state: it has neither a migration region nor VFIO's migration feature; a profile gives it one with migration: {device: v1}.`,
    )
  } catch (error) {
    await device.close()
    throw error
  }
}

/** The node of a device, and the sysfs that it is in. */
async function findDevice(directory: string): Promise<{ name: string; sys: string; node: string }> {
  const path = await realpath(directory).catch(() => {
    throw new MigrateError(`There is no ${directory}: name a device, such as /sys/bus/mdev/devices/UUID.`)
  })
  const sys = await sysfsOf(path)
  if (sys === undefined)
    throw new MigrateError(`${directory} is in no sysfs: no directory above it has devices and bus.`)
  const [vfio] = await readdir(join(path, 'vfio-dev')).catch(() => [])
  if (vfio === undefined)
    throw new MigrateError(
      `${directory} has no vfio-dev: it is bound to no vfio driver, or the kernel is older than 6.2 and has no file for each device.`,
    )
  return { name: basename(path), sys, node: join(dirname(sys), 'dev/vfio/devices', vfio) }
}

/** The directory above a path that is a sysfs. */
async function sysfsOf(path: string): Promise<string | undefined> {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at))
    if (
      basename(at) === 'sys' &&
      (await isDirectory(join(at, 'devices'))) &&
      (await isDirectory(join(at, 'bus')))
    )
      return at
  return undefined
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    each => each.isDirectory(),
    () => false,
  )
}

async function openStateFiles(folder: string): Promise<StateFiles | undefined> {
  let data: FileHandle
  try {
    data = await open(join(folder, 'data'), 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new MigrateError(`${join(folder, 'data')} can not be opened: ${(error as Error).message}.`)
  }
  return {
    state: async () => (await readFile(join(folder, 'state'), 'utf8')).trimEnd(),
    setState: state => writeFile(join(folder, 'state'), `${state}\n`),
    features: () => readFile(join(folder, 'features'), 'utf8'),
    async read(offset, length) {
      const { buffer, bytesRead } = await data.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    },
    async write(offset, bytes) {
      return (await data.write(bytes, 0, bytes.length, offset)).bytesWritten
    },
    close: () => data.close(),
  }
}
