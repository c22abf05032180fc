import { fileURLToPath } from 'node:url'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { type Bench, bench } from '../support/machine.ts'

const BOARD = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))

/** The board of the transcripts. */
export function board(): Bench {
  return bench(buildMachine(loadProfiles([BOARD])))
}

export const IGB = '/sys/devices/pci0000:00/0000:00:06.0/0000:01:00.0'
export const EDU = '/sys/devices/pci0000:00/0000:00:03.0'
