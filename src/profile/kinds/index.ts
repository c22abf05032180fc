import type { Kind } from '../kind.ts'
import { ap } from './ap/index.ts'
import { css } from './css/index.ts'
import { pci } from './pci/index.ts'
import { pciDriver } from './pci-driver.ts'
import { pciSlots } from './pci-slots.ts'
import { sample } from './sample.ts'

/** All kinds of devices, in the order in which they are built. */
export const KINDS: readonly Kind[] = [pci, pciSlots, pciDriver, css, ap, sample]
