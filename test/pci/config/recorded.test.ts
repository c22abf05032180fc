import test from 'ava'
import { check, compile, derive, readDumps } from '../../../src/pci/config/index.ts'
import { walk } from '../../../src/pci/config/walk.ts'
import { recorded } from './support.ts'

const dumps = readDumps(recorded('x86-6.1-pci-config.hex'))

/** How lspci begins the line of a capability. */
const TITLES: readonly (readonly [start: string, name: string])[] = [
  ['Access Control', 'acs'],
  ['Advanced Error', 'aer'],
  ['Alternative Routing', 'ari'],
  ['Device Serial', 'dsn'],
  ['Express', 'exp'],
  ['Hot-plug capable', 'shpc'],
  ['MSI-X', 'msix'],
  ['MSI:', 'msi'],
  ['Power Management', 'pm'],
  ['SATA HBA', 'sata'],
  ['Single Root', 'sriov'],
  ['Subsystem', 'ssvid'],
  ['Vendor Specific', 'vndr'],
]

/** What lspci names for each function: `exp at 54`. */
function namedByLspci(): Map<string, string[]> {
  const named = new Map<string, string[]>()
  let address = ''
  for (const line of recorded('x86-6.1-pci-lspci.txt').toString().split('\n')) {
    address = /^(\d{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d) /.exec(line)?.[1] ?? address
    const [, at, title] = /^\tCapabilities: \[([0-9a-f]+)(?: v\d)?\] (.*)/.exec(line) ?? []
    if (title === undefined) continue
    const [, name] = TITLES.find(([start]) => title.startsWith(start)) ?? []
    named.set(address, [...(named.get(address) ?? []), `${name} at ${at}`])
  }
  return named
}

test('the recorded functions are all there', t => {
  t.is(dumps.length, 31)
  t.is(dumps[0]!.address, '0000:00:00.0')
})

test('every recorded function gives back its bytes', t => {
  for (const { address, bytes } of dumps) {
    t.deepEqual(Buffer.from(compile(derive(bytes)).bytes), Buffer.from(bytes), address)
  }
})

test('every capability that lspci names has its name', t => {
  const named = namedByLspci()
  for (const { address, bytes } of dumps) {
    const found = walk(bytes).found.map(({ structure, at }) => `${structure.name} at ${at.toString(16)}`)
    t.deepEqual(found, named.get(address!) ?? [], address)
  }
})

test('no rule is broken by a recorded function', t => {
  for (const { address, bytes } of dumps) {
    const text = derive(bytes)
    t.deepEqual(check(text), [], `${address}\n${text}`)
  }
})
