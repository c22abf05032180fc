import type { Mdev } from '../mdev/device.ts'
import { MdevType } from '../mdev/type.ts'
import { Kobject } from '../sysfs/base/kobject.ts'
import { Directory } from '../sysfs/kernfs/directory.ts'
import { AttributeFile } from '../sysfs/kernfs/file.ts'

const PLACEHOLDER = /\{([A-Za-z0-9_.+-][A-Za-z0-9_./+-]*)(?:\*(\d{1,9}))?\}/g

/**
 * Fills placeholders with what the device is now: {uuid} (its name), {type} (i915-GVTg_V5_4), {type_name} (GVTg_V5_4),
 * {parent}, {pci_vendor}, {pci_device} and {pci_id} (hexadecimal digits, of the nearest PCI function), what the driver has a
 * name for ({@link MdevOps.fact}: {subchannel_type} and {chpid_type} of vfio_ccw), or any attribute by its path or, where it is in a group, by its name alone ({aggregator}). `{aggregator*2}` is the product. What is
 * none of these stays as it is: in templates it is a variable.
 */
export function expand(text: string, object: Kobject): string {
  return text.replace(PLACEHOLDER, (whole, key: string, factor: string | undefined) => {
    const value = named(key, object) ?? attribute(object, key)
    if (value === undefined || factor === undefined) return value ?? whole
    return /^\d{1,15}$/.test(value) ? String(BigInt(value) * BigInt(factor)) : whole
  })
}

function typeOf(object: Kobject): MdevType | undefined {
  return object instanceof MdevType ? object : (object as Partial<Mdev>).mdevType
}

function named(key: string, object: Kobject): string | undefined {
  const type = typeOf(object)
  switch (key) {
    case 'uuid':
      return object.name
    case 'type':
      return type?.name
    case 'type_name':
      return type?.sysfsName
    case 'parent':
      return (type?.supports.device ?? object.parent)?.name
    case 'pci_vendor':
    case 'pci_device':
    case 'pci_id': {
      const owner = type?.supports.device ?? object
      const id = (name: string) => attribute(owner, name)?.replace(/^0x/, '')
      const [vendor, device] = [id('vendor'), id('device')]
      if (vendor === undefined || device === undefined) return undefined
      return key === 'pci_id' ? vendor + device : key === 'pci_vendor' ? vendor : device
    }
    default:
      return type?.supports.ops.fact?.(type.supports.device, key)
  }
}

function attribute(object: Directory, path: string): string | undefined {
  let directory = object
  const steps = path.split('/')
  for (const step of steps.slice(0, -1)) {
    const next = directory.lookup(step)
    if (!(next instanceof Directory)) return undefined
    directory = next
  }
  const name = steps.at(-1)!
  const own = read(directory, name)
  if (own !== undefined || steps.length > 1) return own
  for (const { name: each } of object.list()) {
    const group = object.lookup(each)
    if (!(group instanceof Directory) || group instanceof Kobject) continue
    const value = read(group, name)
    if (value !== undefined) return value
  }
  return undefined
}

function read(directory: Directory, name: string): string | undefined {
  const node = directory.lookup(name)
  if (!(node instanceof AttributeFile) || node.attribute.kind !== 'text') return undefined
  return node.attribute.show?.(node.object).replace(/\n$/, '')
}
