import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'

/** A file of test/oracle, whose compiled tests run elsewhere. */
export function oracleFile(name: string): string {
  return fileURLToPath(new URL(`../../../test/oracle/${name}`, import.meta.url))
}

function recorded(name: string): string {
  return readFileSync(oracleFile(`recorded/${name}`), 'utf8')
}

/** One line of x86-6.1-tree.jsonl. */
interface Node {
  readonly path: string
  readonly kind: 'dir' | 'file' | 'symlink'
  readonly content?: string | null
  readonly target?: string
}

/** The answer to the first operation that is so or begins so, by lines. */
function answer(transcript: string, op: string): string[] {
  const [, ...operations] = transcript.split('\n> ')
  const found = operations.find(text => text.startsWith(`${op}\n`) || text.startsWith(`${op} `))
  return found!.split('\n').slice(1)
}

/** Directories among the answer of `ls`. */
function directories(transcript: string, path: string): string[] {
  return answer(transcript, `ls ${path}`).flatMap(line => /^ {2}([^. ].*) dir$/.exec(line)?.[1] ?? [])
}

/** /sys/kernel/uevent_seqnum before the first operation of the generic transcript, which reads 966 after three events. */
const EVENTS_OF_BOOT = 963

/** QEMU's devices for tests, which take writes anywhere behind the header. */
const TEST_DEVICES = new Set(['0000:00:03.0'])

/** A virtual function of which more was recorded than follows from its physical one, and how wide its driver makes DMA. */
const VIRTUAL: Readonly<Record<string, string>> = {
  '0000:01:00.0': '0000:01:10.0',
  '0000:02:00.0': '0000:02:00.1',
}

/**
 * The q35 board on which the x86 transcripts were taken, as a profile: its state when the machine had started, before
 * any of the recorded operations.
 */
export function boardProfile(): string {
  const nodes = new Map<string, Node>()
  for (const line of recorded('x86-6.1-tree.jsonl').trimEnd().split('\n')) {
    const node = JSON.parse(line) as Node
    nodes.set(node.path, node)
  }
  const generic = recorded('x86-6.1-generic.txt')
  const mtty = recorded('x86-6.1-mtty.txt')
  const read = (path: string) => Buffer.from(nodes.get(path)?.content ?? '', 'base64').toString('latin1')
  const resources = blocks(recorded('x86-6.1-pci-resource.txt'), /^(\S{12})$/)
  const configs = blocks(recorded('x86-6.1-pci-config.hex'), /^(\S{12}) PCI device/)

  const devices: Record<string, unknown>[] = []
  const groups: Record<string, { devices: string[]; reserved_regions?: string }> = {}
  const links: Record<string, { link: string }> = {}
  const firmware = new Set<string>()
  const drivers = new Set<string>()
  for (const { address, driver, group } of inventory()) {
    const path = nodes.get(`/sys/bus/pci/devices/${address}`)!.target!.replace('../../..', '/sys')
    const above = path.split('/').at(-2)!
    const firmwareNode = nodes.get(`${path}/firmware_node`)?.target
    // a bridge says it in a capability, which the header does not show
    const [vendor, device] = ['vendor', 'device'].map(half => read(`${path}/subsystem_${half}`).slice(2, 6))
    const isBridge = read(`${path}/class`).startsWith('0x0604')
    const resource = resources.get(address)!.replace(/(?:(?:0x0{16} ?){3}\n)*$/, '')
    const allowed = read(`${path}/sriov_totalvfs`)
    if (driver) drivers.add(driver)
    const vectors = [...nodes.keys()]
      .flatMap(node => (dirname(node) === `${path}/msi_irqs` ? [Number(basename(node))] : []))
      .sort((a, b) => a - b)
      .join(',')
    devices.push({
      pci: address,
      ...(above !== 'pci0000:00' && { under: above }),
      ...(driver && { driver }),
      ...(isBridge && { subsystem: `${vendor}:${device}` }),
      irq: Number(read(`${path}/irq`)),
      ...(vectors !== '' && { msi_irqs: vectors }),
      dma_mask_bits: Number(read(`${path}/dma_mask_bits`)),
      ...(firmwareNode && { firmware_node: true }),
      ...(allowed !== '' && { sriov_totalvfs: Number(allowed) }),
      ...(resource !== '' && { resource }),
      config: withoutZeros(configs.get(address)!),
      ...(VIRTUAL[address] !== undefined && { vf: virtualFunction(VIRTUAL[address], configs) }),
      ...(TEST_DEVICES.has(address) && { config_writable: '0x40-0xff' }),
    })
    if (firmwareNode) {
      const target = resolve(path, firmwareNode)
      firmware.add(target)
      links[`${path}/firmware_node`] = { link: target }
    }
    const regions = read(`/sys/kernel/iommu_groups/${group}/reserved_regions`)
    groups[group] ??= { devices: [], ...(regions.includes('direct') && { reserved_regions: regions }) }
    groups[group]!.devices.push(address)
  }

  const slots = [...nodes.keys()].flatMap(
    path => /^\/sys\/bus\/pci\/slots\/([^/]+)\/address$/.exec(path)?.[1] ?? [],
  )
  devices.push({
    pci_slots: 'acpiphp',
    slots: Object.fromEntries(
      slots.map(name => [name, read(`/sys/bus/pci/slots/${name}/address`).trimEnd()]),
    ),
  })

  const empty = (paths: Iterable<string>) => Object.fromEntries([...paths].map(path => [path, {}]))
  const below = (path: string, names: readonly string[], made: readonly string[]) =>
    empty(names.filter(name => !made.includes(name)).map(name => `${path}/${name}`))
  const description = {
    mdevfs: 1,
    name: 'oracle-q35',
    summary: 'The emulated board on which the transcripts of Linux 6.1 were taken',
    kernel: '6.1',
    uevent_seqnum: EVENTS_OF_BOOT,
    // every device has the link
    iommu: 'dmar0',
    devices,
    iommu_groups: groups,
    static: {
      ...empty(firmware),
      // a device of ACPI that has its place below the host bridge
      '/sys/devices/pci0000:00/QEMU0002:00': {},
      '/sys/devices/system/cpu/online': '0-1',
      '/sys/kernel/vmcoreinfo': line(answer(generic, 'cat /sys/kernel/vmcoreinfo')),
      ...below('/sys/kernel', directories(generic, '/sys/kernel'), ['iommu_groups']),
      ...below('/sys/class', directories(mtty, '/sys/class'), ['pci_bus']),
      ...below('/sys/bus', directories(mtty, '/sys/bus'), ['pci']),
      ...below('/sys/bus/pci/drivers', directories(generic, '/sys/bus/pci/drivers'), [...drivers]),
      ...links,
    },
  }
  return `# Made from test/oracle/recorded by test/oracle/board.ts; UPDATE=1 npx ava test/oracle/board.test.ts writes it anew.\n${stringify(description, { lineWidth: 0 })}`
}

/** The header is always there, and the last line tells the size. */
function withoutZeros(config: string): string {
  return config.replace(/^(?:[4-9a-f].|...):(?: 00)+\n(?!$)/gm, '')
}

/** A virtual function, as far as it was recorded: its configuration space where nobody had it yet. */
function virtualFunction(address: string, configs: ReadonlyMap<string, string>) {
  const config = configs.get(address)
  const transcript = recorded('x86-6.1-pci.txt')
  const bits = new RegExp(`^\\+ \\S+/${address}/dma_mask_bits .*"(\\d+)\\\\n"$`, 'm').exec(transcript)![1]
  return { dma_mask_bits: Number(bits), ...(config !== undefined && { config: withoutZeros(config) }) }
}

/** The devices when the machine had started, from the first operation of the PCI transcript. */
function inventory(): { address: string; driver: string; group: string }[] {
  const lines = answer(recorded('x86-6.1-pci.txt'), 'sh for d in /sys/bus/pci/devices/*;')
  return lines.flatMap(line => {
    const match = /^ {2}\| (\S{12}) .* driver (\S*) group (\d+)$/.exec(line)
    return match ? [{ address: match[1]!, driver: match[2]!, group: match[3]! }] : []
  })
}

/** Lines by the heading before them. */
function blocks(text: string, heading: RegExp): Map<string, string> {
  const found = new Map<string, string>()
  let current = ''
  for (const line of text.split('\n')) {
    const address = heading.exec(line)?.[1]
    if (address !== undefined) current = address
    else if (line !== '') found.set(current, `${found.get(current) ?? ''}${line}\n`)
  }
  return found
}

/** The path to which a relative link leads. */
function resolve(directory: string, target: string): string {
  return new URL(`${directory}/${target}`, 'file:///').pathname
}

/** The text in `= 24 "..."`. */
function line(lines: readonly string[]): string {
  return JSON.parse(/^= \d+ (".*")$/.exec(lines[0]!)![1]!)
}
