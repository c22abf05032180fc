import type { CommandModule } from 'yargs'
import * as compat from './compat.ts'
import * as config from './config/index.ts'
import * as demo from './demo.ts'
import * as libvirt from './libvirt.ts'
import * as migrate from './migrate.ts'
import * as mount from './mount.ts'
import * as profiles from './profiles.ts'
import * as run from './run.ts'
import * as tree from './tree.ts'
import * as umount from './umount.ts'
import * as validate from './validate.ts'
import * as write from './write.ts'

/** In the order in which help lists them. */
export const commands = [
  run,
  libvirt,
  mount,
  umount,
  profiles,
  tree,
  write,
  validate,
  config,
  compat,
  migrate,
  demo,
] as unknown as readonly CommandModule[]
