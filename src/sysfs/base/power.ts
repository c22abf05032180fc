import { attrRO, attrRW, type GroupEntry, group } from '../kernfs/table.ts'
import { Errno } from '../lib/errno.ts'
import { sysfsStreq } from '../lib/sysfs.ts'
import type { Device } from './device.ts'

/** What runtime power management says of a device (`struct dev_pm_info`). */
export interface RuntimePm {
  /** `runtime_status`; it reads unsupported while runtime PM is disabled. */
  readonly status: 'active' | 'suspended'
  /** pm_runtime_enable() was called. */
  readonly enabled: boolean
  /** `control` reads on: user space, or the bus by default, forbids runtime suspend. */
  readonly forbidden: boolean
  /** `async`: suspended and resumed alongside others. */
  readonly async: boolean
  /** The device has nothing of its own to suspend, so nobody can ask for it (pm_runtime_no_callbacks()). */
  readonly noCallbacks?: true
  /** `runtime_usage` without the reference that forbidding takes. */
  readonly usage: number
}

/** A device whose driver knows nothing of runtime PM: mdevs, class devices. */
export const NO_RUNTIME_PM: RuntimePm = {
  status: 'suspended',
  enabled: false,
  forbidden: false,
  async: false,
  usage: 0,
}

function runtimeStatus({ enabled, status }: RuntimePm): string {
  return enabled ? status : 'unsupported'
}

function runtimeEnabled({ enabled, forbidden }: RuntimePm): string {
  if (enabled) return forbidden ? 'forbidden' : 'enabled'
  return forbidden ? 'disabled & forbidden' : 'disabled'
}

/** Milliseconds since boot for an active device. */
function activeTime(device: Device): number {
  return device.pm.enabled && device.pm.status === 'active' ? device.kernel.uptime() : 0
}

function controlStore(device: Device, buf: string): void {
  const on = sysfsStreq(buf, 'on')
  if (!on && !sysfsStreq(buf, 'auto')) throw new Errno('EINVAL')
  device.pm = { ...device.pm, forbidden: on }
}

function asyncStore(device: Device, buf: string): void {
  const enabled = sysfsStreq(buf, 'enabled')
  if (!enabled && !sysfsStreq(buf, 'disabled')) throw new Errno('EINVAL')
  device.pm = { ...device.pm, async: enabled }
}

function noAutosuspend(): never {
  throw new Errno('EIO', 'autosuspend is not in use')
}

const suspends = { present: (device: Device) => device.pm.noCallbacks !== true }
const debug = { present: (device: Device) => device.kernel.config.pmAdvancedDebug }

/** `power/` of a device: drivers/base/power/sysfs.c. There only with CONFIG_PM. */
export const powerGroup: GroupEntry<Device> = group<Device>(
  'power',
  [
    attrRW('control', d => (d.pm.forbidden ? 'on\n' : 'auto\n'), controlStore, suspends),
    attrRO('runtime_status', d => `${runtimeStatus(d.pm)}\n`),
    attrRO('runtime_active_time', d => `${activeTime(d)}\n`, suspends),
    attrRO('runtime_suspended_time', () => '0\n', suspends),
    attrRW('autosuspend_delay_ms', noAutosuspend, noAutosuspend, suspends),
    attrRW('async', d => (d.pm.async ? 'enabled\n' : 'disabled\n'), asyncStore, debug),
    attrRO('runtime_usage', d => `${d.pm.usage + (d.pm.forbidden ? 1 : 0)}\n`, debug),
    attrRO('runtime_active_kids', () => '0\n', debug),
    attrRO('runtime_enabled', d => `${runtimeEnabled(d.pm)}\n`, debug),
  ],
  device => device.kernel.config.pm && device.registered,
)
