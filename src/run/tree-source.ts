import type { TreeSource } from '../fuse/index.ts'
import type { MachineOptions } from './machine.ts'

/** Where the serving thread finds the machine. */
export function treeOf(options: MachineOptions): TreeSource {
  return { module: new URL('./tree.js', import.meta.url).href, options }
}
