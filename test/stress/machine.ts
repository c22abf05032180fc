/** What a type takes from the pools of its parent. */
type Needs = Readonly<Record<string, number>>

interface Parent {
  readonly pools: Needs
  readonly types: Readonly<Record<string, Needs>>
}

/** The parents of the machine under stress, by the arithmetic of kernel-semantics 2.4, 3.2 and 7. */
export const PARENTS: Readonly<Record<string, Parent>> = {
  '0000:00:02.0': {
    pools: { low: 896, high: 2688, fence: 28 },
    types: {
      'i915-GVTg_V5_8': { low: 64, high: 384, fence: 4 },
      'i915-GVTg_V5_4': { low: 128, high: 512, fence: 4 },
      'i915-GVTg_V5_2': { low: 256, high: 1024, fence: 4 },
      'i915-GVTg_V5_1': { low: 512, high: 2048, fence: 4 },
    },
  },
  mtty: { pools: { ports: 24 }, types: { 'mtty-1': { ports: 1 }, 'mtty-2': { ports: 2 } } },
  mdpy: {
    pools: { devices: 4 },
    types: { 'mdpy-vga': { devices: 1 }, 'mdpy-xga': { devices: 1 }, 'mdpy-hd': { devices: 1 } },
  },
  mbochs: {
    pools: { megabytes: 256 },
    types: {
      'mbochs-small': { megabytes: 4 },
      'mbochs-medium': { megabytes: 16 },
      'mbochs-large': { megabytes: 64 },
    },
  },
}

/** An mdev as whoever created it knows it. */
export interface Created {
  readonly uuid: string
  readonly parent: string
  readonly type: string
}

/** What available_instances of each type has to read, as `parent/type`, while these mdevs are there. */
export function expectedInstances(mdevs: readonly Created[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [parent, { pools, types }] of Object.entries(PARENTS)) {
    const left: Record<string, number> = { ...pools }
    for (const mdev of mdevs) {
      if (mdev.parent !== parent) continue
      for (const [pool, amount] of Object.entries(types[mdev.type]!)) left[pool] = left[pool]! - amount
    }
    for (const [type, needs] of Object.entries(types)) {
      const fits = Object.entries(needs).map(([pool, amount]) => Math.floor(left[pool]! / amount))
      counts[`${parent}/${type}`] = Math.min(...fits)
    }
  }
  return counts
}
