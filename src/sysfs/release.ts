/** Kernel releases whose sysfs is modelled. */
export const RELEASES = ['5.10', '6.1', '6.12'] as const
export type ReleaseName = (typeof RELEASES)[number]

export const DEFAULT_RELEASE: ReleaseName = '6.1'

/**
 * Where the releases differ: one row a difference, one column a release. Everything that depends on the release asks
 * here (docs/reference/kernel-semantics.md section 9).
 */
const DIFFERENCES = {
  /** Since 5.13 to 6.0 each mdev driver binds its own mdevs; before, vfio_mdev bound all of them. */
  ownMdevDriver: [false, true, true],
  /** The mdev core shows name, description, device_api and available_instances; before, each parent driver did. */
  coreTypeAttributes: [false, true, true],
  /** Instances of drivers without a counter of their own are counted by the core, which says EUSERS. */
  coreInstanceCount: [false, true, true],
  /** The driver takes its resources in probe, after device_add: a refused create is seen as add and remove. */
  createInProbe: [false, true, true],
  /** The mdev bus has a match function, which always refuses. */
  mdevMatchRefuses: [false, true, true],
  /** `vfio-dev/vfioN` below a vfio device. */
  vfioDev: [false, true, true],
  /** CONFIG_VFIO_DEVICE_CDEV: `dev` in vfio-dev and /dev/vfio/devices/vfioN. */
  vfioCdev: [false, false, true],
  /** vfio-dev goes before the wait for users, not after it (vfio_unregister_group_dev()). */
  vfioDevGoesFirst: [false, false, true],
  /** Groups of devices without an IOMMU are named vfio-noiommu. */
  emulatedGroupName: [false, true, true],
  /** iommu_groups/N/type may be written. */
  groupTypeWritable: [false, true, true],
  /** Binding a bound device says EBUSY and a failing probe its own errno; before, both ENODEV. */
  bindTellsErrno: [false, true, true],
  /** Which ways there are to reset a PCI function, in reset_method. */
  resetMethod: [false, true, true],
  /** reset_subordinate of PCI bridges. */
  resetSubordinate: [false, true, true],
  /** Errors of PCI Express 5 and later are counted in aer_dev_fatal and aer_dev_nonfatal. */
  aerNewerErrors: [false, true, true],
  /** sriov_vf_total_msix of physical functions, sriov_vf_msix_count of virtual ones. */
  sriovMsix: [false, true, true],
  /** Functions that vfio-pci holds are suspended while nobody uses them. */
  vfioPciRuntimePm: [false, true, true],
  /** The bus-less `parent` child of a subchannel that holds mdevs. */
  ccwParentChild: [false, false, true],
  /** The add event of a subchannel waits for its driver and names it. */
  cssAddInProbe: [true, false, false],
  /** A subchannel goes with its device when the last path is lost. */
  cssGoesWithoutPath: [true, false, false],
  cssRescan: [false, true, true],
  chpEsc: [false, true, true],
  chpSpeed: [false, false, true],
  chpExtMeasurement: [false, false, true],
  /** Whether SCLP is asked again at once after it failed to tell of channel paths (5.10.223 does not). */
  chpForgetsFailure: [false, true, true],
  chpExtendedMeasurement: [false, false, true],
  /** /sys/bus/ap/bindings and scans; chkstop and max_msg_size of cards and queues; AP uevents. */
  apBindings: [false, true, true],
  /** /sys/bus/ap/features, matrix/features, ap_functions of queues. */
  apFeatures: [false, false, true],
  /** guest_matrix of a matrix mdev, status of its queues. */
  apGuestMatrix: [false, true, true],
  apConfig: [false, false, true],
  /** ap_bus.c parses poll_thread with kstrtobool() and poll_timeout with kstrtoul(); before, with sscanf(). */
  apKstrtoPoll: [false, false, true],
  /** Complete bindings are told at the end of a scan, once after something was bound; before, after each probe too. */
  apBindingsRearmed: [false, false, true],
  /** The drivers of CEX2 and CEX3 are there (gone in 6.7). */
  apCex2Drivers: [true, true, false],
  /** CEX8 is known as such (5.18); before, it counts as CEX7. */
  apCex8: [false, true, true],
  /** `depth` of a card; before, it showed one less. */
  apWholeDepth: [false, false, true],
  /** apmask and aqmask refuse to take a queue in use, EBUSY; before, it was taken silently. */
  apMaskGuarded: [false, true, true],
} as const

export type Difference = keyof typeof DIFFERENCES

/** What a release does: `release.vfioCdev` and so on. */
export type Release = { readonly name: ReleaseName } & { readonly [D in Difference]: boolean }

const TABLE = new Map<ReleaseName, Release>(
  RELEASES.map((name, column) => {
    const facts = Object.entries(DIFFERENCES).map(([difference, row]) => [difference, row[column]])
    return [name, { name, ...Object.fromEntries(facts) } as Release]
  }),
)

export function release(name: ReleaseName): Release {
  return TABLE.get(name)!
}
