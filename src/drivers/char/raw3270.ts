import { attrRO, EntryTable } from '../../sysfs/kernfs/table.ts'
import type { CcwDevice, CcwDriverInit } from '../cio/device.ts'

/** Rows and columns of the models of a 3278: 2 to 5 (drivers/s390/char/raw3270.c `raw3270_size_device()`). */
const SIZES: { readonly [model: number]: readonly [number, number] } = {
  2: [24, 80],
  3: [32, 80],
  4: [43, 80],
  5: [27, 132],
}

function size({ io }: CcwDevice): readonly [number, number] {
  return SIZES[io.senseId.devModel] ?? [24, 80]
}

const raw3270Table = new EntryTable<CcwDevice>([
  attrRO('model', ({ io }) => `${io.senseId.devModel}\n`),
  attrRO('rows', device => `${size(device)[0]}\n`),
  attrRO('columns', device => `${size(device)[1]}\n`),
])

const TERMINALS = [0x3270, 0x3271, 0x3272, 0x3273, 0x3274, 0x3275, 0x3276, 0x3277, 0x3278, 0x3279]

/** The drivers of consoles and terminals, 3215 and 3270 (drivers/s390/char/). */
export const TERMINAL_DRIVERS: { readonly [name: string]: CcwDriverInit } = {
  '3215': { ids: [{ cuType: 0x3215 }] },
  '3270': { ids: TERMINALS.map(cuType => ({ cuType })), groups: [raw3270Table] },
}
