import { attrRO, EntryTable, group } from '../sysfs/kernfs/table.ts'
import type { PciDevice } from './device.ts'

/**
 * `msi_irqs/`: a file for each interrupt that the driver has allocated, `msi` or `msix` (drivers/pci/msi.c, kernel/irq/msi.c
 * `msi_populate_sysfs()`). It is there while a driver has them; undefined for a function without.
 */
export function vectorTable(vectors: readonly number[], msix: boolean): EntryTable<PciDevice> | undefined {
  if (vectors.length === 0) return undefined
  const mode = msix ? 'msix\n' : 'msi\n'
  return new EntryTable<PciDevice>([
    group(
      'msi_irqs',
      vectors.map(irq => attrRO(String(irq), () => mode)),
    ),
  ])
}
