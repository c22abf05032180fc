/** A device that no driver knows: pools, types and attributes of all kinds. */
export const NIC = `devices:
  - pci: "0000:00:05.0"
    id: 1234:0001
    class: 0x020000
    driver: my-nic
    resources:
      queues: 8
      ports: {total: 2, first_id: 4, counted: no, errno: EBUSY}
    types:
      - id: small
        name: Small NIC
        description: {queues: 1, speed: 10 Gbit/s}
        needs: {queues: 1, ports: 1}
        attributes:
          vendor/port: "{id:ports}"
          vendor/owner: {writable: always}
          vendor/mode: {kind: enum, allowed: [auto, slow], default: auto, writable: while closed}
          vendor/mask: {kind: mask, default: 0x3, allowed: 0-255, writable: always}
          vendor/queues: {kind: list, bits: 40, default: 0-3, writable: always}
          vendor/lanes: {kind: bitmap, bits: 40, default: "f", writable: always}
          serial: "{uuid} of {parent}"
          vendor/rate: {kind: int, default: 0x10, allowed: "1-4,16", writable: always}
      - id: big
        description: |
          a device
          for everybody
        needs: {queues: 8}
`

/** Devices behind bridges, and their IOMMU groups. */
export const BRIDGED = `devices:
  - {pci: "0000:02:00.0", under: "0000:01:00.0", id: 8086:1521, class: 0x020000}
  - {pci: "0000:01:00.0", under: "0000:00:1c.0", id: 10b5:8747, class: 0x060400, bridge: 02}
  - {pci: "0000:00:1c.0", id: 8086:a110, class: 0x060400, bridge: {secondary: 01, subordinate: 02}}
  - {pci: "0000:00:1d.0", id: 8086:a110, subsystem: 1028:07a3, class: 0x0c0330, revision: 0x31, irq: 16, numa_node: 0}
iommu_groups:
  2: ["0000:00:1c.0", "0000:01:00.0", "0000:02:00.0"]
  5:
    devices: "0000:00:1d.0"
    type: identity
    reserved_regions: |
      0x0000000000001000 0x0000000000001fff direct
      0x00000000fee00000 0x00000000feefffff msi
`

/** Files, directories and links of a board. */
export const STATIC = `devices:
  - {pci: "0000:00:05.0", id: 1234:0001, class: 0x030000}
static:
  /sys/class/dmi/id/sys_vendor: LENOVO
  /sys/class/drm/card0: {link: /sys/bus/pci/devices/0000:00:05.0/drm/card0}
  /sys/bus/pci/devices/0000:00:05.0/drm/card0: {}
  /sys/bus/pci/devices/0000:00:05.0/drm/card0/dev: "226:0\\n"
  /sys/firmware/table: {bytes: 48 65 6c 6c 6f 00}
  /sys/power/state: {content: mem, mode: 0644}
`
