import type { Region, RegionType } from '../../device-model/model.ts'

const SIGNATURE = 'IntelGraphicsMem'
/** In KiB, then the version, behind the signature. */
const SIZE_AT = 0x10
const VERSION_AT = 0x14
const VERSION = 0x0200_0000

/** What a vGPU shows of the firmware's OpRegion: its header (drivers/gpu/drm/i915/gvt/opregion.c). It can only be read. */
export class OpRegion implements Region {
  readonly size = 0x2000
  /** VFIO_REGION_TYPE_PCI_VENDOR_TYPE of Intel, VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION. */
  readonly type: RegionType = { type: 0x8000_8086, subtype: 1 }

  read(offset: number, length: number): Uint8Array {
    const bytes = Buffer.alloc(this.size)
    bytes.write(SIGNATURE, 'latin1')
    bytes.writeUInt32LE(this.size / 1024, SIZE_AT)
    bytes.writeUInt32LE(VERSION, VERSION_AT)
    return bytes.subarray(offset, offset + length)
  }
}
