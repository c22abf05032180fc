import { BusType } from '../../sysfs/base/bus.ts'
import type { Kernel } from '../../sysfs/base/kernel.ts'
import { CcwBus, ChannelSubsystem, type ChannelSubsystemInit, CssBus } from './css.ts'
import { CcwDriver, type CcwDriverInit, CssDriver, IoSubchannelDriver } from './driver.ts'
import { SUBCHANNEL_TYPE_ADM, SUBCHANNEL_TYPE_CHSC, SUBCHANNEL_TYPE_IO } from './hardware.ts'

/** What the drivers of Linux take, as their id tables say. */
const CCW_DRIVERS: { readonly [name: string]: CcwDriverInit } = {
  '3215': { ids: [{ cuType: 0x3215 }] },
  '3270': {
    ids: [0x3270, 0x3271, 0x3272, 0x3273, 0x3274, 0x3275, 0x3276, 0x3277, 0x3278, 0x3279].map(cuType => ({
      cuType,
    })),
  },
  'dasd-eckd': {
    ids: [
      { cuType: 0x3990, devType: 0x3390 },
      { cuType: 0x2105, devType: 0x3390 },
      { cuType: 0x3880, devType: 0x3380 },
      { cuType: 0x3990, devType: 0x3380 },
      { cuType: 0x2105, devType: 0x3380 },
      { cuType: 0x9343, devType: 0x9345 },
      { cuType: 0x2107, devType: 0x3390 },
      { cuType: 0x2107, devType: 0x3380 },
      { cuType: 0x1750, devType: 0x3390 },
      { cuType: 0x1750, devType: 0x3380 },
    ],
    keepsWithoutPath: true,
  },
  'dasd-fba': {
    ids: [
      { cuType: 0x6310, devType: 0x9336 },
      { cuType: 0x3880, devType: 0x3370 },
    ],
    keepsWithoutPath: true,
  },
  qeth: {
    ids: [
      { cuType: 0x1731, cuModel: 1, devType: 0x1732, devModel: 1 },
      { cuType: 0x1731, cuModel: 5, devType: 0x1732, devModel: 5 },
    ],
  },
  virtio_ccw: { ids: [{ cuType: 0x3832 }], setsOnline: true },
  zfcp: {
    ids: [
      { cuType: 0x1731, cuModel: 3, devType: 0x1732, devModel: 3 },
      { cuType: 0x1731, cuModel: 3, devType: 0x1732, devModel: 4 },
    ],
    keepsWithoutPath: true,
  },
}

/** The buses css, ccw and ccwgroup with their drivers, and the channel subsystem, in which nothing was found yet. */
export function installCss(kernel: Kernel, css: ChannelSubsystemInit): ChannelSubsystem {
  const cssBus = new CssBus(kernel)
  const ccwBus = new CcwBus(kernel)
  new BusType(kernel, 'ccwgroup')
  new IoSubchannelDriver(cssBus, 'io_subchannel', SUBCHANNEL_TYPE_IO).register()
  new CssDriver(cssBus, 'chsc_subchannel', SUBCHANNEL_TYPE_CHSC).register()
  new CssDriver(cssBus, 'eadm_subchannel', SUBCHANNEL_TYPE_ADM).register()
  for (const [name, init] of Object.entries(CCW_DRIVERS)) new CcwDriver(ccwBus, name, init).register()
  return new ChannelSubsystem(cssBus, ccwBus, css)
}
