import type { Directory, Dirent, Population } from '../../sysfs/kernfs/directory.ts'
import { nameHash } from '../../sysfs/kernfs/hash.ts'
import { DT_DIR, DT_LNK, type Node } from '../../sysfs/kernfs/node.ts'
import type { ChannelSubsystem } from './css.ts'
import { busId } from './hardware.ts'
import { Inode, parseMember, type SubchannelRange } from './range.ts'

/** Which of its names a directory has of a range, if any. */
export interface Shown {
  /** The names are those of the ccw devices, not those of the subchannels. */
  readonly devices: boolean
  /** One of {@link Inode}. */
  readonly inode: number
  readonly ranges: (range: SubchannelRange) => boolean
}

/** The names of what nobody looked at yet: whoever looks up one of them makes the subchannel, with all its links. */
export class UnseenNames implements Population {
  readonly #css: ChannelSubsystem
  readonly #directory: Directory
  readonly #shown: Shown

  constructor(css: ChannelSubsystem, directory: Directory, shown: Shown) {
    this.#css = css
    this.#directory = directory
    this.#shown = shown
    directory.populate(this)
  }

  get directories(): number {
    return this.#shown.inode === Inode.subchannel ? this.#css.unseen : 0
  }

  lookup(name: string): Node | undefined {
    const css = this.#css
    const id = parseMember(css.cssid, name)
    if (!id) return undefined
    for (const range of css.ranges) {
      const { devices, ranges } = this.#shown
      const index = devices ? range.indexOfDevice(id.ssid, id.number) : range.indexOf(id)
      if (index === undefined || !ranges(range) || !css.isUnseen(range, index)) continue
      css.see(range, index)
      return this.#directory.child(name)
    }
    return undefined
  }

  *list(): Iterable<Dirent> {
    const { devices, inode, ranges } = this.#shown
    const css = this.#css
    const type = inode === Inode.subchannel ? DT_DIR : DT_LNK
    for (const range of css.ranges) {
      if (!ranges(range)) continue
      const { ssid, count, io } = range.init
      const first = devices ? io!.devno : range.init.first
      for (let i = 0; i < count; i++) {
        if (!css.isUnseen(range, i)) continue
        const name = busId(ssid, first + i, css.cssid)
        yield { name, hash: nameHash(name), ino: range.inode(i, inode), type }
      }
    }
  }
}
