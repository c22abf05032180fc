import type { MigrationFeature } from '../device-model/model.ts'
import type { Directory } from '../sysfs/kernfs/directory.ts'
import { attrRO, attrRW, binAttr, EntryTable, group } from '../sysfs/kernfs/table.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { V2_NAMES, V2Flag } from './migration/v2.ts'

/** In the order in which they are told (vfio_device_features_read()). */
const FEATURES = [
  [V2Flag.STOP_COPY, 'stop-copy'],
  [V2Flag.P2P, 'p2p'],
  [V2Flag.PRE_COPY, 'pre-copy'],
] as const

/**
 * `migration/` of a device in /sys/kernel/debug/vfio (drivers/vfio/debugfs.c, ABI/testing/debugfs-vfio). The kernel's
 * `state` can only be read, and it has no `data`: it hands out a descriptor instead, which FUSE can not pass.
 */
const table = new EntryTable<MigrationFeature>([
  group('migration', [
    attrRW(
      'state',
      ({ state }) => `${V2_NAMES[state]}\n`,
      (migration, buf) => {
        migration.setState(parseState(buf))
        return buf.length
      },
      { mode: 0o600 },
    ),
    attrRO(
      'features',
      ({ flags }) => FEATURES.map(([flag, name]) => (flags & flag ? `${name}\n` : '')).join(''),
      { mode: 0o400 },
    ),
    binAttr('data', 0o600, {
      size: () => 0,
      read: (migration, offset, length) => migration.readData(offset, length),
      write: (migration, data, offset) => migration.writeData(offset, data),
    }),
  ]),
])

/** EINVAL for what is no name of a state. */
function parseState(buf: string): number {
  const state = V2_NAMES.indexOf(buf.replace(/\n$/, '') as (typeof V2_NAMES)[number])
  if (state < 0) throw new Errno('EINVAL', 'no state of vfio migration')
  return state
}

/** @returns what takes it away again */
export function createDebugfs(vfio: Directory, name: string, migration: MigrationFeature): () => void {
  vfio.mkdir(name).attach(table, migration)
  return () => vfio.remove(name)
}
