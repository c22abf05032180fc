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
  /** By index; an index without a region has undefined, and reads as a region of size 0. */
  readonly regions: readonly (Region | undefined)[]
  /** By index; the driver does not know those that are undefined. */
  readonly irqs: readonly (Irq | undefined)[]
  /** Absent where the device can not be reset. */
  reset?(): void
}

/** A device that has no more to it than its interface. */
export function bareModel(kind: DeviceKind, irqs: readonly Irq[] = []): DeviceModel {
  return { kind, regions: [], irqs }
}
