import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Dump } from './dump.ts'
import { ConfigError, NOWHERE } from './layout.ts'

const RESOURCE = /^0x([0-9a-f]{16}) 0x([0-9a-f]{16}) 0x([0-9a-f]{16})$/i
const BARS_AND_ROM = 7

/**
 * Reads a function from its directory in sysfs: `config`, and the sizes of its BARs from `resource`.
 *
 * @throws ConfigError where other users than root see the header only, and for what is no such directory
 */
export function readSysfsDevice(directory: string): Dump {
  const bytes = read(join(directory, 'config'))
  const lines = read(join(directory, 'resource')).toString('latin1').trimEnd().split('\n')
  return { address: basename(directory), bytes, barSizes: lines.slice(0, BARS_AND_ROM).map(sizeOfLine) }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const message = `${file} can not be read (${code}), name the directory of a PCI function such as /sys/bus/pci/devices/0000:00:02.0`
    throw new ConfigError([{ ...NOWHERE, message }])
  }
}

/** Regions that are not there have neither start nor end; one whose size is no power of two is none of a BAR. */
function sizeOfLine(line: string): bigint | undefined {
  const [, start, end, flags] = RESOURCE.exec(line) ?? []
  if (flags === undefined || BigInt(`0x${flags}`) === 0n) return undefined
  const size = BigInt(`0x${end}`) - BigInt(`0x${start}`) + 1n
  return size > 0n && (size & (size - 1n)) === 0n ? size : undefined
}
