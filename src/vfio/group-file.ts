import type { Caller } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import type { UserMemory } from '../sysfs/lib/user-memory.ts'
import { answer, LITTLE } from './argument.ts'
import type { VfioFileOps } from './file.ts'
import {
  GROUP_STATUS,
  VFIO_API_VERSION,
  VFIO_CHECK_EXTENSION,
  VFIO_GET_API_VERSION,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
} from './uapi.ts'

/** A group that is in no container, and can not get into one: that takes a descriptor (drivers/vfio/group.c). */
export function groupFileOps(memory: UserMemory): VfioFileOps {
  return {
    ioctl(command: number, argument: bigint, caller: Caller): number {
      switch (command) {
        case VFIO_GROUP_GET_STATUS:
          return answer(memory, caller, argument, GROUP_STATUS.bytes, status)
        case VFIO_GROUP_SET_CONTAINER:
        case VFIO_GROUP_UNSET_CONTAINER:
        case VFIO_GROUP_GET_DEVICE_FD:
          throw new Errno('EINVAL')
        default:
          throw new Errno('ENOTTY')
      }
    },
  }
}

function status(info: DataView): undefined {
  info.setUint32(GROUP_STATUS.flags, VFIO_GROUP_FLAGS_VIABLE, LITTLE)
}

/** A container without groups: it knows no extension, and what needs an IOMMU is EINVAL (drivers/vfio/container.c). */
export const containerFileOps: VfioFileOps = {
  ioctl(command: number): number {
    if (command === VFIO_GET_API_VERSION) return VFIO_API_VERSION
    if (command === VFIO_CHECK_EXTENSION) return 0
    throw new Errno('EINVAL')
  },
}
