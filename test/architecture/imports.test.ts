import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url))

/** What each folder may import, besides itself (docs/architecture.md). */
const LEANS_ON: Readonly<Record<string, readonly string[]>> = {
  'sysfs/lib': [],
  sysfs: ['sysfs/lib'],
  'sysfs/kernfs': ['sysfs/lib'],
  'sysfs/base': ['sysfs', 'sysfs/lib', 'sysfs/kernfs'],
  iommu: ['sysfs'],
  pci: ['sysfs'],
  'device-model': ['sysfs', 'pci'],
  mdev: ['sysfs', 'device-model'],
  vfio: ['sysfs', 'iommu', 'device-model', 'mdev'],
  migration: ['sysfs', 'pci', 'device-model', 'mdev', 'vfio'],
  compat: ['migration'],
  migrate: ['libc', 'device-model', 'vfio', 'compat'],
  drivers: ['sysfs', 'iommu', 'pci', 'device-model', 'mdev', 'vfio', 'migration'],
  profile: ['sysfs', 'iommu', 'pci', 'mdev', 'vfio', 'migration', 'drivers'],
  fuse: ['sysfs'],
  volume: ['sysfs'],
  libc: [],
  uevent: ['sysfs', 'libc'],
  run: ['sysfs', 'fuse', 'uevent', 'profile'],
  cli: ['sysfs', 'pci', 'migration', 'profile', 'fuse', 'volume', 'run', 'compat', 'migrate', '.'],
  '.': ['sysfs', 'pci', 'migration', 'drivers', 'profile', 'fuse', 'volume', 'run', 'compat', 'migrate'],
}

/** The folder of the table that a file belongs to. */
function part(file: string): string {
  const folders = dirname(file).split('/')
  const two = folders.slice(0, 2).join('/')
  return two in LEANS_ON ? two : folders[0]!
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

test('imports only point downward', t => {
  for (const file of files) {
    const own = part(file)
    const allowed = LEANS_ON[own]
    t.truthy(allowed, `${file}: the table has no ${own}`)
    const text = readFileSync(join(SRC, file), 'utf8')
    for (const [, target] of text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
      const imported = part(relative(SRC, join(SRC, dirname(file), target!)))
      const fits =
        imported === own || allowed?.some(each => imported === each || imported.startsWith(`${each}/`))
      t.true(fits, `${file} imports ${target}`)
    }
  }
})

test('no file imports itself in a circle of values', t => {
  const graph = new Map<string, string[]>()
  for (const file of files) {
    const text = readFileSync(join(SRC, file), 'utf8')
    const values = [...text.matchAll(/^(?:import|export) (?!type\b)[^']*from '(\.[^']+)'/gm)]
    graph.set(
      file,
      values.map(([, target]) => relative(SRC, join(SRC, dirname(file), target!))),
    )
  }
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      t.fail([...path.slice(path.indexOf(file)), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  t.pass()
})
