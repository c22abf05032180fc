import { attrRO, attrRW, group, type TextAttribute } from '../../sysfs/kernfs/table.ts'
import { Errno } from '../../sysfs/lib/errno.ts'
import { kstrtoul } from '../../sysfs/lib/kstrtox.ts'
import type { CcwDevice } from './device.ts'

/** Nobody does I/O here, so nothing was counted yet. */
const COUNTERS = [
  'ssch_rsch_count',
  'sample_count',
  'avg_device_connect_time',
  'avg_function_pending_time',
  'avg_device_disconnect_time',
  'avg_control_unit_queuing_time',
  'avg_device_active_only_time',
  'avg_device_busy_time',
  'avg_initial_command_response_time',
]

/** `cmf/`: the channel measurement block in its extended format (`cmf_attr_group_ext`, drivers/s390/cio/cmf.c). */
export const cmfGroup = group<CcwDevice>(
  'cmf',
  [
    ...COUNTERS.map(name => attrRO<CcwDevice>(name, () => '0\n')),
    // no sample yet
    attrRO('avg_sample_interval', () => '-1\n'),
    attrRO('avg_utilization', () => 'n/a\n'),
  ],
  device => device.cmbEnabled,
)

/** `cmb_enable`: a hexadecimal number, 0 or 1; EINVAL for any other. */
export const cmbEnable: TextAttribute<CcwDevice> = attrRW(
  'cmb_enable',
  ({ cmbEnabled }) => (cmbEnabled ? '1\n' : '0\n'),
  (device, buf) => {
    const value = kstrtoul(buf, 16)
    if (value > 1n) throw new Errno('EINVAL')
    device.cmbEnabled = value === 1n
    device.revalidate()
  },
)
