import { SparseMemory } from './memory.ts'
import { type DeviceModel, EVENTFD, type Region, type RegionType, resetRegions } from './model.ts'

/** VFIO_REGION_TYPE_CCW, and its subtypes. */
const TYPE_CCW = 2
const ASYNC_CMD = 1
const SCHIB = 2
const CRW = 3

/** Sizes of the structures in include/uapi/linux/vfio_ccw.h. */
const IO_REGION = 124
const CMD_REGION = 8
const SCHIB_REGION = 52
const CRW_REGION = 8

/** VFIO_CCW_IO_IRQ_INDEX, VFIO_CCW_CRW_IRQ_INDEX and VFIO_CCW_REQ_IRQ_INDEX. */
const IRQS = 3

/**
 * A subchannel as vfio_ccw hands it out (vfio_ccw_ops.c): the I/O region, then those that have a type. No channel program
 * is run: the regions keep what is written to them.
 */
export function ccwModel(): DeviceModel {
  const regions: readonly Region[] = [
    new SparseMemory(IO_REGION),
    new TypedMemory(CMD_REGION, ASYNC_CMD),
    readOnly(SCHIB_REGION, SCHIB),
    readOnly(CRW_REGION, CRW),
  ]
  return {
    kind: 'ccw',
    // VFIO_CCW_OFFSET_SHIFT
    offsetShift: 10,
    regions,
    irqs: new Array(IRQS).fill({ count: 1, flags: EVENTFD }),
    reset: () => resetRegions(regions),
  }
}

class TypedMemory extends SparseMemory {
  readonly type: RegionType

  constructor(size: number, subtype: number) {
    super(size)
    this.type = { type: TYPE_CCW, subtype }
  }
}

/** Nothing is pending, and the subchannel is as it was first. */
function readOnly(size: number, subtype: number): Region {
  return { size, type: { type: TYPE_CCW, subtype }, read: (_, length) => new Uint8Array(length) }
}
