import { type FileHandle, open } from 'node:fs/promises'
import type { RegionType } from '../device-model/model.ts'
import { loadLibc } from '../libc/index.ts'
import { LITTLE } from '../vfio/argument.ts'
import {
  CAP_TYPE,
  DEVICE_INFO,
  FEATURE,
  Feature,
  FeatureFlag,
  REGION_INFO,
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
} from '../vfio/uapi.ts'
import { MigrateError } from './error.ts'

export interface RegionInfo {
  readonly index: number
  readonly offset: number
  readonly size: number
  readonly type?: RegionType
}

/** An open device, as programs that speak VFIO have it. */
export interface DeviceFile {
  readonly regions: readonly RegionInfo[]
  /** All of the bytes, or an error. */
  read(offset: number, length: number): Promise<Buffer>
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** VFIO_DEVICE_FEATURE_MIG_DATA_SIZE: bytes that are left to be saved. */
  dataSize(): number
  close(): Promise<void>
}

/** Opens a node of /dev/vfio/devices, and asks what regions it has. */
export async function openDeviceFile(path: string): Promise<DeviceFile> {
  let file: FileHandle
  try {
    file = await open(path, 'r+')
  } catch (error) {
    throw new MigrateError(`${path} can not be opened: ${(error as Error).message}.`)
  }
  try {
    const ioctl = openIoctl()
    return { regions: regionsOf(file.fd, ioctl), ...bytesOf(file), dataSize: () => dataSize(file.fd, ioctl) }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Reads and writes of an open file, each complete. */
function bytesOf(file: FileHandle): Pick<DeviceFile, 'read' | 'write' | 'close'> {
  return {
    async read(offset, length) {
      const bytes = Buffer.alloc(length)
      const { bytesRead } = await file.read(bytes, 0, length, offset)
      if (bytesRead !== length)
        throw new MigrateError(`${bytesRead} bytes came of ${length} at ${offset} of the device.`)
      return bytes
    },
    async write(offset, bytes) {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, offset)
      if (bytesWritten !== bytes.length)
        throw new MigrateError(`${bytesWritten} bytes went of ${bytes.length} at ${offset} of the device.`)
    },
    close: () => file.close(),
  }
}

type Ioctl = (fd: number, request: number, argument: Buffer, name: string) => void

function dataSize(fd: number, ioctl: Ioctl): number {
  const feature = struct(FEATURE.bytes + 8)
  viewOf(feature).setUint32(FEATURE.flags, FeatureFlag.GET | Feature.MIG_DATA_SIZE, LITTLE)
  ioctl(fd, VFIO_DEVICE_FEATURE, feature, 'VFIO_DEVICE_FEATURE_MIG_DATA_SIZE')
  return Number(viewOf(feature).getBigUint64(FEATURE.bytes, LITTLE))
}

function regionsOf(fd: number, ioctl: Ioctl): RegionInfo[] {
  const device = struct(DEVICE_INFO.bytes)
  ioctl(fd, VFIO_DEVICE_GET_INFO, device, 'VFIO_DEVICE_GET_INFO')
  const count = viewOf(device).getUint32(DEVICE_INFO.regions, LITTLE)
  return Array.from({ length: count }, (_, index) => {
    const info = struct(REGION_INFO.bytes + CAP_TYPE.bytes)
    const view = viewOf(info)
    view.setUint32(REGION_INFO.index, index, LITTLE)
    ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info, 'VFIO_DEVICE_GET_REGION_INFO')
    const capability = view.getUint32(REGION_INFO.capOffset, LITTLE)
    return {
      index,
      offset: Number(view.getBigUint64(REGION_INFO.offset, LITTLE)),
      size: Number(view.getBigUint64(REGION_INFO.size, LITTLE)),
      ...(capability === REGION_INFO.bytes && {
        type: {
          type: view.getUint32(capability + 8, LITTLE),
          subtype: view.getUint32(capability + 12, LITTLE),
        },
      }),
    }
  })
}

/** A structure that begins with its own size. */
function struct(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  viewOf(buffer).setUint32(0, bytes, LITTLE)
  return buffer
}

/** For numbers in the byte order of the host. */
export function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}

function openIoctl(): Ioctl {
  const loaded = loadLibc()
  if (!loaded)
    throw new MigrateError('There is no way to ioctl(2) on this architecture: koffi has no binary for it.')
  const { koffi, libc } = loaded
  const ioctl = libc.func('int ioctl(int, unsigned long, _Inout_ void *)')
  return (fd, request, argument, name) => {
    if (ioctl(fd, request, argument) >= 0) return
    const code = Object.entries(koffi.os.errno).find(([, number]) => number === koffi.errno())?.[0]
    throw new MigrateError(`${name} fails with ${code ?? koffi.errno()}.`)
  }
}
