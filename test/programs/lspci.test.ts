import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { recorded } from '../pci/config/support.ts'
import { mounted } from '../support/mounted.ts'
import { execute, noMount } from '../support/processes.ts'

const BOARD = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))

const lacking = noMount ?? (spawnSync('lspci', ['--version']).error ? 'there is no lspci' : undefined)
const lspciTest = lacking === undefined ? test : test.skip
if (lacking !== undefined) console.log(`lspci: skipped, ${lacking}`)

/** The recording was made from bytes alone: what lspci adds from sysfs is not in it. */
function fromBytes(text: string): string[] {
  return text
    .replace(/ \[size=\w+\]/g, '')
    .replace(/^(\tPrefetchable memory behind bridge: )0*(\w+)-0*(\w+) \[\w+-bit\]/gm, '$1$2-$3')
    .split('\n')
    .filter(line => !/^\t(Kernel (driver in use|modules)|IOMMU group|Interrupt|Physical Slot):/.test(line))
}

/** By the address that starts them; virtual functions are told by sysfs, not by their bytes. */
function functions(text: string): Map<string, string[]> {
  const paragraphs = text.split('\n\n').filter(paragraph => /^[0-9a-f]{4}:/.test(paragraph))
  return new Map(paragraphs.map(paragraph => [paragraph.slice(0, 12), fromBytes(paragraph)]))
}

lspciTest('lspci sees the functions of the board as the recording has them', async t => {
  // a relative name, as users give them
  await using machine = await mounted(['--profile', relative(process.cwd(), BOARD)])
  const path = `${machine.directory}/sys/bus/pci`
  const igb = `${path}/devices/0000:01:00.0`
  writeFileSync(`${igb}/sriov_drivers_autoprobe`, '0')
  writeFileSync(`${igb}/sriov_numvfs`, '2')
  const args = ['-A', 'linux-sysfs', '-O', `sysfs.path=${path}`, '-D', '-nn', '-vvv']
  const { code, stdout } = await execute('lspci', args)
  t.is(code, 0)
  const seen = functions(stdout)
  const kernel = functions(recorded('x86-6.1-pci-lspci.txt').toString())
  t.deepEqual([...seen.keys()], [...kernel.keys()])
  for (const [address, lines] of kernel) {
    if (/^0000:01:10/.test(address)) continue
    // the register has another address than the region that the firmware copied the display's ROM to
    const expected = lines.map(line =>
      address === '0000:00:02.0' ? line.replace('ROM at feb00000', 'ROM at 000c0000') : line,
    )
    t.deepEqual(seen.get(address), expected, address)
  }
})
