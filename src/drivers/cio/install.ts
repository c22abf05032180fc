import { BusType } from '../../sysfs/base/bus.ts'
import type { Kernel } from '../../sysfs/base/kernel.ts'
import { Blacklist, type SpecialDevices } from './blacklist.ts'
import { CcwBus, CssBus } from './bus.ts'
import { ChannelSubsystem, type ChannelSubsystemInit, type CioBuses } from './css.ts'
import { CcwDriver, type CcwDriverInit } from './device.ts'
import { CssDriver, IoSubchannelDriver } from './driver.ts'
import { SUBCHANNEL_TYPE_ADM, SUBCHANNEL_TYPE_CHSC, SUBCHANNEL_TYPE_IO } from './hardware.ts'
import { createCioProc } from './proc.ts'

const CSS_DRIVERS = { chsc_subchannel: SUBCHANNEL_TYPE_CHSC, eadm_subchannel: SUBCHANNEL_TYPE_ADM }

/** The channel I/O of a machine: the buses css, ccw and ccwgroup with their drivers, and cio_ignore. */
export class ChannelIo implements CioBuses {
  readonly css: CssBus
  readonly ccw: CcwBus
  readonly blacklist: Blacklist
  readonly #subsystems: ChannelSubsystem[] = []

  /** @param special what ipldev and condev stand for in lists of devices */
  constructor(kernel: Kernel, special: SpecialDevices = {}) {
    this.css = new CssBus(kernel)
    this.ccw = new CcwBus(kernel)
    new BusType(kernel, 'ccwgroup')
    new IoSubchannelDriver(this.css, 'io_subchannel', SUBCHANNEL_TYPE_IO).register()
    this.blacklist = new Blacklist(special)
    createCioProc(kernel, this.blacklist, {
      evaluateUnregistered: () => {
        for (const css of this.#subsystems) css.evaluateUnregistered()
      },
      purge: () => {
        for (const css of this.#subsystems) css.purge()
      },
    })
  }

  /** Loads drivers of the css bus besides io_subchannel, and of the ccw bus. */
  loadDrivers(isLoaded: (name: string) => boolean, ccw: { readonly [name: string]: CcwDriverInit }): void {
    for (const [name, type] of Object.entries(CSS_DRIVERS))
      if (isLoaded(name)) new CssDriver(this.css, name, type).register()
    for (const [name, init] of Object.entries(ccw))
      if (isLoaded(name)) new CcwDriver(this.ccw, name, init).register()
  }

  /** A channel subsystem, in which nothing was found yet. */
  addSubsystem(init: ChannelSubsystemInit): ChannelSubsystem {
    const css = new ChannelSubsystem(this, init)
    this.#subsystems.push(css)
    return css
  }
}
