import { deviceAttach } from '../sysfs/base/dd.ts'
import { attrRO, attrRW, attrWO, EntryTable, link } from '../sysfs/kernfs/table.ts'
import { Completion, type Task, waitFor } from '../sysfs/lib/completion.ts'
import { Errno } from '../sysfs/lib/errno.ts'
import { kstrtobool, kstrtoint, kstrtou16 } from '../sysfs/lib/kstrtox.ts'
import { parsePciAddress, pciName } from './address.ts'
import { assemble } from './config/assemble.ts'
import { deriveLayout } from './config/derive.ts'
import { PASID, REBAR, SRIOV } from './config/extended.ts'
import type { Found } from './config/walk.ts'
import { ConfigSpace } from './config-space.ts'
import type { PciDevice, PciDeviceInit } from './device.ts'
import type { PciDriver } from './driver.ts'
import { identityOf } from './header.ts'
import { NO_RESOURCE, type PciResource, resourceSize } from './resource.ts'

/** Registers of the capability (include/uapi/linux/pci_regs.h). */
const CTRL = 0x08
const TOTAL_VF = 0x0e
const NUM_VF = 0x10
const VF_OFFSET = 0x14
const VF_STRIDE = 0x16
const VF_DID = 0x1a
/** VFE and MSE of the control register. */
const ENABLED = 0x09

/** PCI_IOV_RESOURCES: the regions of virtual functions among those of the physical one. */
const IOV_RESOURCES = 7
const VF_BARS = 6
const VF_ID = 0xffff
const DEFAULT_DMA_MASK_BITS = 32

/** What virtual functions are like. */
export interface VirtualFunctionInit {
  /** Their configuration space; without it, that of the physical function less what only that one has. */
  readonly config?: ConfigSpace
  /** 32 where nothing is said. */
  readonly dmaMaskBits?: number
}

/** The virtual functions of a physical one: `struct pci_sriov` (drivers/pci/iov.c). */
export class Sriov {
  readonly #device: PciDevice
  readonly #capability: Found
  readonly #driverMax: number | undefined
  readonly #virtual: VirtualFunctionInit
  #functions: PciDevice[] = []
  driversAutoprobe = true
  /** While functions go, which may take as long as their users want. */
  #leaving: Completion | undefined

  constructor(
    device: PciDevice,
    capability: Found,
    { sriovDriverMax, virtualFunctions = {} }: Pick<PciDeviceInit, 'sriovDriverMax' | 'virtualFunctions'>,
  ) {
    this.#device = device
    this.#capability = capability
    this.#driverMax = sriovDriverMax
    this.#virtual = virtualFunctions
    // sriov_init(): whatever was there before is gone
    this.#tell(0)
  }

  #word(at: number): number {
    return this.#capability.view.bits(at, 0, 16)
  }

  #setWord(at: number, value: number): void {
    const { bytes } = this.#device.config
    bytes[this.#capability.at + at] = value & 0xff
    bytes[this.#capability.at + at + 1] = value >>> 8
  }

  /** Tells the device how many there are. */
  #tell(count: number): void {
    const control = this.#word(CTRL)
    this.#setWord(NUM_VF, count)
    this.#setWord(CTRL, count > 0 ? control | ENABLED : control & ~ENABLED)
  }

  /** `pci_sriov_get_totalvfs()`. */
  get totalVfs(): number {
    return this.#driverMax ?? this.#word(TOTAL_VF)
  }

  get numVfs(): number {
    return this.#functions.length
  }

  get offset(): number {
    return this.#word(VF_OFFSET)
  }

  get stride(): number {
    return this.#word(VF_STRIDE)
  }

  get vfDevice(): number {
    return this.#word(VF_DID)
  }

  /** `sriov_enable()`: each appears, is linked, tells of a change, and is offered to the drivers. */
  enable(count: number): void {
    const device = this.#device
    this.#tell(count)
    for (let index = 0; index < count; index++) {
      const vf = device.pciBus.addVirtual(this.#init(index), device)
      this.#functions.push(vf)
      device.symlink(linkName(index), vf)
      vf.uevent('change')
      vf.matchDriver = true
      deviceAttach(vf)
    }
    device.uevent('change')
  }

  /** Whoever wants another number waits for the one before, as for the lock of the device. */
  *settled(): Task {
    while (this.#leaving) yield* waitFor(this.#leaving)
  }

  /** `sriov_disable()`; may have to wait for users of the functions. */
  *disable(): Task {
    const device = this.#device
    yield* this.settled()
    const functions = this.#functions
    if (functions.length === 0) return
    const leaving = new Completion()
    this.#leaving = leaving
    try {
      for (const [index, vf] of functions.entries()) {
        device.remove(linkName(index))
        yield* device.pciBus.stopAndRemove(vf)
      }
      this.#functions = []
      this.#tell(0)
    } finally {
      this.#leaving = undefined
      leaving.complete()
    }
  }

  /** `pci_iov_virtfn_bus()` and `pci_iov_virtfn_devfn()`: routing ids go on from that of the physical function. */
  #name(index: number): string {
    const { domain, bus, device, function: fn } = parsePciAddress(this.#device.name)!
    const id = bus * 0x100 + device * 8 + fn + this.offset + this.stride * index
    return pciName({ domain, bus: (id >> 8) & 0xff, device: (id >> 3) & 0x1f, function: id & 7 })
  }

  #init(index: number): PciDeviceInit {
    const { identity, numaNode, hasFirmwareNode } = this.#device
    const { dmaMaskBits = DEFAULT_DMA_MASK_BITS } = this.#virtual
    const config = this.#virtual.config?.clone() ?? virtualConfig(this.#device)
    // pci_setup_device(): vendor and device are not to be read from a virtual function
    const { revision, ...own } = identityOf(config.bytes)
    return {
      name: this.#name(index),
      identity: { ...own, vendor: identity.vendor, device: this.vfDevice },
      revision,
      config,
      resources: this.#resources(index),
      irq: 0,
      numaNode,
      dmaMaskBits,
      firmwareNode: hasFirmwareNode,
    }
  }

  /** Each has its share of the regions of the physical function. */
  #resources(index: number): PciResource[] {
    const total = this.#word(TOTAL_VF)
    return this.#device.resources.slice(IOV_RESOURCES, IOV_RESOURCES + VF_BARS).map(resource => {
      if (resource.flags === 0) return NO_RESOURCE
      const size = BigInt(Math.floor(resourceSize(resource) / total))
      const start = resource.start + size * BigInt(index)
      return { start, end: start + size - 1n, flags: resource.flags }
    })
  }
}

function linkName(index: number): string {
  return `virtfn${index}`
}

/** What a virtual function leaves to its physical function. */
const OF_PHYSICAL = ['pm', 'msi', 'vpd']
const OF_PHYSICAL_EXTENDED = [SRIOV, PASID, REBAR]

/** The configuration space of a virtual function: that of its physical function without what only that one has. */
function virtualConfig({ config }: PciDevice): ConfigSpace {
  const layout = deriveLayout(config.bytes)
  const header = layout.header
    .filter(({ name }) => ['class', 'rev', 'subvendor', 'subdevice', 'vendor', 'device'].includes(name))
    .map(setting =>
      setting.name === 'vendor' || setting.name === 'device' ? { ...setting, value: VF_ID } : setting,
    )
  const capabilities = layout.capabilities
    .filter(({ space, structure }) =>
      space === 'cap' ? !OF_PHYSICAL.includes(structure.name) : !OF_PHYSICAL_EXTENDED.includes(structure.id),
    )
    .map(capability => ({
      ...capability,
      // what software wrote into the physical function is not the virtual one's
      settings: capability.settings.filter(
        ({ name }) => capability.structure.fields.find(field => field.name === name)?.writable === 0,
      ),
    }))
  const image = assemble({
    ...layout,
    header,
    bars: [],
    rom: undefined,
    capabilities,
    chains: {},
    raws: [],
    masks: [],
  })
  return new ConfigSpace(image.bytes, image.writable)
}

/**
 * `sriov_numvfs_store()`: EINVAL for no number, ERANGE for more than there can be, ENOENT without a driver that makes
 * them, EBUSY for another number while some are there.
 */
function* numVfsStore(device: PciDevice, buf: string): Task {
  const sriov = device.sriov!
  const count = numVfs(buf)
  if (count > sriov.totalVfs) throw new Errno('ERANGE', `${device.name} has at most ${sriov.totalVfs}`)
  yield* sriov.settled()
  if (count === sriov.numVfs) return
  const driver = device.driver as PciDriver | undefined
  if (!driver?.configuresSriov) throw new Errno('ENOENT', `no driver of ${device.name} makes them`)
  if (count === 0) {
    yield* sriov.disable()
    return
  }
  if (sriov.numVfs > 0) throw new Errno('EBUSY', `${device.name} has ${sriov.numVfs} of them`)
  sriov.enable(count)
}

/** Every failure of kstrtou16() is EINVAL here. */
function numVfs(buf: string): number {
  try {
    return kstrtou16(buf, 0)
  } catch {
    throw new Errno('EINVAL')
  }
}

function autoprobeStore(device: PciDevice, buf: string): void {
  device.sriov!.driversAutoprobe = kstrtobool(buf)
}

/** `sriov_vf_msix_count_store()`: no driver here shares out vectors, EOPNOTSUPP. */
function msixCountStore(_device: PciDevice, buf: string): void {
  if (kstrtoint(buf, 0) < 0) throw new Errno('EINVAL')
  throw new Errno('EOPNOTSUPP')
}

const vectorsShared = { present: ({ kernel }: PciDevice) => kernel.release.sriovMsix }

/** Of physical functions: drivers/pci/iov.c `sriov_pf_dev_attrs`. */
export const physicalTable = new EntryTable<PciDevice>([
  attrRO('sriov_totalvfs', d => `${d.sriov!.totalVfs}\n`),
  attrRW('sriov_numvfs', d => `${d.sriov!.numVfs}\n`, numVfsStore),
  attrRO('sriov_offset', d => `${d.sriov!.offset}\n`),
  attrRO('sriov_stride', d => `${d.sriov!.stride}\n`),
  attrRO('sriov_vf_device', d => `${d.sriov!.vfDevice.toString(16)}\n`),
  attrRW('sriov_drivers_autoprobe', d => (d.sriov!.driversAutoprobe ? '1\n' : '0\n'), autoprobeStore),
  attrRO('sriov_vf_total_msix', () => '0\n', vectorsShared),
])

/** Of virtual functions: `sriov_vf_dev_attrs`. */
export const virtualTable = new EntryTable<PciDevice>([
  link('physfn', d => (d.registered ? d.physicalFunction : undefined)),
  attrWO('sriov_vf_msix_count', msixCountStore, vectorsShared),
])
