/** Numbers of include/uapi/linux/vfio.h. */

const VFIO_TYPE = 0x3b
const VFIO_BASE = 100

/** `_IO()` without a size: the argument is an address, or a number. */
function io(number: number): number {
  return (VFIO_TYPE << 8) | (VFIO_BASE + number)
}

export const VFIO_GET_API_VERSION = io(0)
export const VFIO_CHECK_EXTENSION = io(1)
export const VFIO_GROUP_GET_STATUS = io(3)
export const VFIO_GROUP_SET_CONTAINER = io(4)
export const VFIO_GROUP_UNSET_CONTAINER = io(5)
export const VFIO_GROUP_GET_DEVICE_FD = io(6)
export const VFIO_DEVICE_GET_INFO = io(7)
export const VFIO_DEVICE_GET_REGION_INFO = io(8)
export const VFIO_DEVICE_GET_IRQ_INFO = io(9)
export const VFIO_DEVICE_RESET = io(11)
export const VFIO_DEVICE_FEATURE = io(17)

export const VFIO_API_VERSION = 0
export const VFIO_GROUP_FLAGS_VIABLE = 1 << 0

/** VFIO_DEVICE_FEATURE_*: what is to be done. */
export const FeatureFlag = { MASK: 0xffff, GET: 1 << 16, SET: 1 << 17, PROBE: 1 << 18 } as const

/** VFIO_DEVICE_FEATURE_*: the features themselves. */
export const Feature = { MIGRATION: 1, MIG_DEVICE_STATE: 2, MIG_DATA_SIZE: 9 } as const

/** VFIO_DEVICE_FLAGS_*. */
export const DeviceFlag = {
  reset: 1 << 0,
  pci: 1 << 1,
  platform: 1 << 2,
  amba: 1 << 3,
  ccw: 1 << 4,
  ap: 1 << 5,
} as const

/** VFIO_REGION_INFO_FLAG_*. */
export const RegionFlag = { READ: 1 << 0, WRITE: 1 << 1, CAPS: 1 << 3 } as const

/** `struct vfio_info_cap_header`, then type and subtype. */
export const CAP_TYPE = { id: 2, version: 1, bytes: 16 } as const

/** Offsets and least sizes of the structures. */
export const GROUP_STATUS = { flags: 4, bytes: 8 } as const
export const FEATURE = { flags: 4, bytes: 8 } as const
/** `struct vfio_device_feature_mig_state`, behind the header. */
export const MIG_DEVICE_STATE = { deviceState: 0, dataFd: 4, bytes: 8 } as const
export const DEVICE_INFO = { flags: 4, regions: 8, irqs: 12, bytes: 16 } as const
export const REGION_INFO = { flags: 4, index: 8, capOffset: 12, size: 16, offset: 24, bytes: 32 } as const
export const IRQ_INFO = { flags: 4, index: 8, count: 12, bytes: 16 } as const
