import type { CcwDriverInit } from './device.ts'

/**
 * qeth (drivers/s390/net/) and zfcp (drivers/s390/scsi/): what the devices of OSA, HiperSockets and FCP adapters are bound
 * to. Networks and disks are no part of the machine.
 */
export const ADAPTER_DRIVERS: { readonly [name: string]: CcwDriverInit } = {
  qeth: {
    ids: [
      { cuType: 0x1731, cuModel: 1, devType: 0x1732, devModel: 1 },
      { cuType: 0x1731, cuModel: 5, devType: 0x1732, devModel: 5 },
    ],
  },
  zfcp: {
    ids: [
      { cuType: 0x1731, cuModel: 3, devType: 0x1732, devModel: 3 },
      { cuType: 0x1731, cuModel: 3, devType: 0x1732, devModel: 4 },
    ],
    keepsDevices: true,
  },
}
