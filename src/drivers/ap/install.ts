import type { Kernel } from '../../sysfs/base/kernel.ts'
import { TYPE_CEX4, TYPE_CEX8 } from './adapter.ts'
import { ApBus, type ApInfo } from './bus.ts'
import { Cex4CardDriver, Cex4QueueDriver, OldCardDriver } from './driver.ts'

const CEX4_AND_NEWER = [TYPE_CEX4, TYPE_CEX8] as const

/** The bus with the drivers of the host, before any card was looked for. */
export function installAp(kernel: Kernel, info: ApInfo): ApBus {
  const bus = new ApBus(kernel, info)
  if (kernel.release.apCex2Drivers)
    for (const name of ['cex2acard', 'cex2aqueue', 'cex2card', 'cex2cqueue'])
      new OldCardDriver(bus, name).register()
  new Cex4CardDriver(bus, 'cex4card', { takes: 'card', types: CEX4_AND_NEWER, isDefault: true }).register()
  new Cex4QueueDriver(bus, 'cex4queue', { takes: 'queue', types: CEX4_AND_NEWER, isDefault: true }).register()
  return bus
}
