import { existsSync } from 'node:fs'
import { everywhere } from './cases.ts'
import { conformance } from './conformance.ts'
import { noClient, posixFrontend } from './posix.ts'
import { NOTES, NULL } from './tree.ts'

/** What the cases say is held against the kernel that runs here. */
conformance({
  name: 'the sysfs of this machine',
  cases: everywhere,
  open: async () =>
    posixFrontend('', async () => {
      throw new Error('a real kernel takes no commands')
    }),
  unavailable: unavailable(),
  resets: false,
  exclusions: {},
})

function unavailable(): string | undefined {
  if (process.getuid!() !== 0) return 'what root may do is tried, and this is another user'
  if (![NULL, NOTES].every(path => existsSync(path))) return 'there is no /sys'
  return noClient()
}
