import type { z } from 'zod'
import { DeclarativeOps } from '../../drivers/declarative/ops.ts'
import { gvtModel } from '../../drivers/i915/gvt.ts'
import { GvtOps } from '../../drivers/i915/ops.ts'
import type { Machine } from '../../drivers/machine.ts'
import type { MdevParent } from '../../mdev/parent.ts'
import type { Device } from '../../sysfs/base/device.ts'
import { type gvt, gvtInit } from './gvt.ts'
import { type ParentDescription, parentModel } from './parent.ts'

/** A description that may offer mdev types. */
export interface Offering extends ParentDescription {
  readonly driver?: string
  readonly gvt?: z.output<typeof gvt>
}

/** What GVT-g calls its driver of vGPUs, and in which module it is (drivers/gpu/drm/i915/gvt/kvmgt.c). */
const GVT_MDEV_DRIVER = 'intel_vgpu_mdev'
const GVT_MODULE = 'kvmgt'

/** Makes the device a parent of mdevs, as its driver does in probe; undefined for one that offers none. */
export function offerTypes(machine: Machine, device: Device, offering: Offering): MdevParent | undefined {
  const { driver, mdev_driver, mdev_module } = offering
  const { release } = machine.kernel
  if (offering.gvt) {
    const init = gvtInit(offering.gvt)
    return machine.registerMdevParent({
      device,
      driverName: mdev_driver ?? GVT_MDEV_DRIVER,
      module: machine.module(mdev_module ?? GVT_MODULE),
      ops: new GvtOps(init, release),
      types: gvtModel(init).types,
    })
  }
  if (!offering.types) return undefined
  const model = parentModel(offering)
  return machine.registerMdevParent({
    device,
    driverName: mdev_driver ?? `${driver}_mdev`,
    module: machine.module(mdev_module ?? driver!),
    ops: new DeclarativeOps(model),
    types: model.types,
  })
}
