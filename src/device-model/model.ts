/** What a region is for, where its index does not say it: `struct vfio_region_info_cap_type`. */
export interface RegionType {
  readonly type: number
  readonly subtype: number
}

/** Addressable bytes of a device. Whoever calls stays within {@link size}. */
export interface Region {
  readonly size: number
  readonly type?: RegionType
  /** The bytes may be a view: use them before the next call. */
  read(offset: number, length: number): Uint8Array
  /** Absent where it can only be read. */
  write?(offset: number, data: Uint8Array): void
  /** As it was first. */
  reset?(): void
  /** Of regions that are part of the device's state: what differs from how it was first. */
  contents?(): Iterable<Piece>
  /** Whether that can be written to such a region, and then reads so: it is from a device of the same kind. */
  accepts?(offset: number, bytes: Uint8Array): boolean
}

export interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Interrupts of one kind. */
export interface Irq {
  readonly count: number
  /** VFIO_IRQ_INFO_* (include/uapi/linux/vfio.h). */
  readonly flags: number
}

/** Behind which of VFIO's interfaces a device stands. */
export type DeviceKind = 'pci' | 'platform' | 'amba' | 'ccw' | 'ap'

/** A device as whoever drives it sees it: what it is made of, without any word on how one gets there. */
export interface DeviceModel {
  readonly kind: DeviceKind
  /** How far regions lie apart in the device's file, as a power of 2: 40 where nothing is said (VFIO_PCI_OFFSET_SHIFT). */
  readonly offsetShift?: number
  /** By index; an index without a region has undefined, and reads as a region of size 0. */
  readonly regions: readonly (Region | undefined)[]
  /** By index; the driver does not know those that are undefined. */
  readonly irqs: readonly (Irq | undefined)[]
  /** Absent where the device can not be reset. */
  reset?(): void
  /** VFIO's migration, where the device has it by feature and not by region. */
  readonly migration?: MigrationFeature
}

/** Migration as Linux 5.18 has it (`struct vfio_migration_ops`), with the stream that it hands out as a descriptor. */
export interface MigrationFeature {
  /** VFIO_MIGRATION_*. */
  readonly flags: number
  /** VFIO_DEVICE_STATE_*. */
  readonly state: number
  /** @returns whether the way there opened a stream of data */
  setState(state: number): boolean
  /** Bytes that are left to be read while it stands still. */
  readonly stopCopyLength: number
  /** What comes next of the stream; `offset` has to be where that is. */
  readData(offset: number, most: number): Uint8Array
  /** @returns how many bytes were taken */
  writeData(offset: number, bytes: Uint8Array): number
}

/** A device that has no more to it than its interface. */
export function bareModel(kind: DeviceKind): DeviceModel {
  return { kind, regions: [], irqs: [] }
}

/** Every region is as it was first. */
export function resetRegions(regions: DeviceModel['regions']): void {
  for (const region of regions) region?.reset?.()
}

/** VFIO_IRQ_INFO_*. */
export const EVENTFD = 1 << 0
export const MASKABLE = 1 << 1
export const AUTOMASKED = 1 << 2
export const NORESIZE = 1 << 3
