import type { Cases } from './case.ts'
import { goneCases } from './cases/gone.ts'
import { namesCases, namesEverywhere } from './cases/names.ts'
import { openCases, openEverywhere } from './cases/open.ts'
import { pollCases, pollEverywhere } from './cases/poll.ts'
import { readCases, readEverywhere } from './cases/read.ts'
import { readdirCases, readdirEverywhere } from './cases/readdir.ts'
import { statCases, statEverywhere } from './cases/stat.ts'
import { ueventCases, ueventEverywhere } from './cases/uevent.ts'
import { writeCases } from './cases/write.ts'

/** What holds of the sysfs of every machine, also of a real one: it changes nothing. */
export const everywhere: Cases = {
  ...statEverywhere,
  ...readdirEverywhere,
  ...readEverywhere,
  ...openEverywhere,
  ...namesEverywhere,
  ...pollEverywhere,
  ...ueventEverywhere,
}

/** What holds of the tree under test (tree.ts), the above included. */
export const cases: Cases = {
  ...everywhere,
  ...statCases,
  ...readdirCases,
  ...readCases,
  ...writeCases,
  ...openCases,
  ...namesCases,
  ...pollCases,
  ...goneCases,
  ...ueventCases,
}
