import type { Machine } from '../../../drivers/machine.ts'
import { type GpuInit, NvidiaDriver } from '../../../drivers/nvidia/driver.ts'
import { loadVfioPci, type Migrations, VFIO_PCI } from '../../../drivers/vfio-pci.ts'
import type { MdevParent } from '../../../mdev/parent.ts'
import { Migration } from '../../../migration/migration.ts'
import { parsePciAddress } from '../../../pci/address.ts'
import { ConfigSpace } from '../../../pci/config-space.ts'
import type { PciDevice, PciDeviceInit } from '../../../pci/device.ts'
import { PciDriver, type PciDriverInit } from '../../../pci/driver.ts'
import { headerSpace, identityOf, withHeaderMask } from '../../../pci/header.ts'
import { PciePortDriver } from '../../../pci/portdrv.ts'
import type { PciResource } from '../../../pci/resource.ts'
import type { VirtualFunctionInit } from '../../../pci/sriov.ts'
import { deviceDriverAttach } from '../../../sysfs/base/dd.ts'
import type { Site } from '../../kind.ts'
import { offerTypes } from '../../mdev/offer.ts'
import { migrationModel } from '../../migration.ts'
import type { DescribedConfig } from './config.ts'
import { gpuInit } from './nvidia.ts'
import { barResources, layoutResources } from './resource.ts'
import type { PciDescription } from './schema.ts'

/** Devices are found first, bridges before what is behind them; then drivers are loaded, and take those they held. */
export function buildPci(site: Site, descriptions: readonly PciDescription[]): void {
  const { machine } = site
  const byAddress = new Map(descriptions.map(description => [description.pci, description]))
  const { pciBus } = machine
  pciBus.autoprobe = false
  const migrations = new Map<PciDevice, Migration<PciDevice>>()
  const plugged = new Set<string>()
  const plug = (description: PciDescription): void => {
    if (plugged.has(description.pci)) return
    plugged.add(description.pci)
    if (description.under !== undefined) plug(byAddress.get(description.under)!)
    machine.plugPci(deviceInit(description), description.under, site.iommuGroup(description.pci), device =>
      giveMigration(migrations, device, description),
    )
  }
  for (const description of descriptions) plug(description)
  const held = new Map<string, PciDescription[]>()
  for (const description of descriptions) {
    const { driver } = description
    if (driver === undefined) continue
    const devices = held.get(driver)
    if (devices) devices.push(description)
    else held.set(driver, [description])
  }
  for (const [driver, devices] of held) loadDriver(machine, driver, devices, migrations)
  pciBus.autoprobe = true
}

/** The driver of root ports and switches. */
const PCIEPORT = 'pcieport'
const DEFAULT_DMA_MASK_BITS = 32
const NO_NODE = -1

function deviceInit(description: PciDescription): PciDeviceInit {
  const { pci, id, subsystem, config, bridge, irq = 0 } = description
  const resources = config?.compiled
    ? layoutResources(config.compiled.layout)
    : (description.resource ?? barResources(description.bars ?? {}))
  const said = config && identityOf(config.bytes)
  const identity = {
    vendor: id?.vendor ?? said!.vendor,
    device: id?.device ?? said!.device,
    class: description.class ?? said!.class,
    subsystemVendor: subsystem?.vendor ?? said?.subsystemVendor ?? 0,
    subsystemDevice: subsystem?.device ?? said?.subsystemDevice ?? 0,
  }
  const revision = description.revision ?? said?.revision ?? 0
  const space = config
    ? configSpace(config, resources)
    : headerSpace({ identity, revision, resources, irq, ...(bridge && { bridge: buses(pci, bridge) }) })
  for (const [low, high] of description.config_writable ?? []) space.writable.fill(0xff, low, high + 1)
  return {
    name: pci,
    identity,
    revision,
    resources,
    irq,
    vectors: (description.msi_irqs ?? []).flatMap(([low, high]) =>
      Array.from({ length: high - low + 1 }, (_, i) => low + i),
    ),
    config: space,
    numaNode: description.numa_node ?? NO_NODE,
    dmaMaskBits: description.dma_mask_bits ?? DEFAULT_DMA_MASK_BITS,
    firmwareNode: description.firmware_node ?? false,
    ...(description.sriov_totalvfs !== undefined && { sriovDriverMax: description.sriov_totalvfs }),
    ...(description.vf && { virtualFunctions: virtualFunctions(description.vf) }),
  }
}

function virtualFunctions({ config, dma_mask_bits }: NonNullable<PciDescription['vf']>): VirtualFunctionInit {
  return {
    // its regions are shares of those of the physical function
    ...(config && { config: configSpace(config, []) }),
    ...(dma_mask_bits !== undefined && { dmaMaskBits: dma_mask_bits }),
  }
}

/** A description as text says itself what can be written. Machines of one profile share nothing. */
function configSpace({ bytes, compiled }: DescribedConfig, resources: readonly PciResource[]): ConfigSpace {
  return compiled
    ? new ConfigSpace(bytes.slice(), compiled.writable)
    : withHeaderMask(bytes.slice(), resources)
}

function buses(address: string, { secondary, subordinate }: NonNullable<PciDescription['bridge']>) {
  return { primary: parsePciAddress(address)!.bus, secondary, subordinate: subordinate ?? secondary }
}

/** Functions have the files of their migration whoever drives them; opening is up to vfio-pci. */
function giveMigration(
  migrations: Map<PciDevice, Migration<PciDevice>>,
  device: PciDevice,
  { migration, vf }: PciDescription,
): void {
  const described = device.isVirtual ? vf?.migration : migration
  if (!described) return
  const own = new Migration<PciDevice>(migrationModel(described), () => () => {})
  device.attach(own.deviceTable, device)
  migrations.set(device, own)
}

/** A module with one driver, whose id table names the devices that it holds. */
function loadDriver(
  machine: Machine,
  name: string,
  descriptions: readonly PciDescription[],
  migrations: Migrations,
): void {
  const devices = descriptions.map(({ pci }) => machine.pciBus.function(pci)!)
  if (name === VFIO_PCI) {
    const vfioPci = loadVfioPci(machine, migrations)
    for (const device of devices) deviceDriverAttach(vfioPci, device)
    return
  }
  const driver = makeDriver(machine, name, descriptions, devices).register()
  for (const device of devices) deviceDriverAttach(driver, device)
}

function makeDriver(
  machine: Machine,
  name: string,
  descriptions: readonly PciDescription[],
  devices: readonly PciDevice[],
): PciDriver {
  const module = machine.module(descriptions[0]!.module ?? name.replaceAll('-', '_'))
  const gpus = gpuInits(descriptions)
  if (gpus.size > 0) return new NvidiaDriver(machine, name, gpus, { module })
  const ids = devices.map(({ identity }) => identity)
  if (name === PCIEPORT) return new PciePortDriver(machine.pciBus, name, { module, ids })
  return new PciDriver(machine.pciBus, name, { module, ids, ...offering(machine, descriptions) })
}

function gpuInits(descriptions: readonly PciDescription[]): Map<string, GpuInit> {
  const gpus = new Map<string, GpuInit>()
  for (const { pci, nvidia } of descriptions) if (nvidia) gpus.set(pci, gpuInit(nvidia))
  return gpus
}

/** A driver whose devices offer the types that their descriptions have. */
function offering(machine: Machine, descriptions: readonly PciDescription[]): PciDriverInit {
  const byAddress = new Map(descriptions.map(description => [description.pci, description]))
  const parents = new Map<PciDevice, MdevParent>()
  return {
    configuresSriov: true,
    probe(device) {
      const description = byAddress.get(device.name)
      const parent = description && offerTypes(machine, device, description)
      if (parent) parents.set(device, parent)
    },
    *remove(device) {
      const parent = parents.get(device)
      parents.delete(device)
      if (parent) yield* parent.unregister()
    },
  }
}
