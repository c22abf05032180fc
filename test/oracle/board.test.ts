import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { buildMachine, loadProfiles } from '../../src/profile/index.ts'
import { boardProfile } from './board.ts'

const file = fileURLToPath(new URL('../../../test/profiles/oracle-q35.yaml', import.meta.url))

test('the profile of the recorded board is what the recording says', t => {
  const profile = boardProfile()
  if (process.env['UPDATE']) writeFileSync(file, profile)
  t.is(readFileSync(file, 'utf8'), profile, 'UPDATE=1 npx ava test/oracle/board.test.ts writes it anew')
})

test('the board can be built', t => {
  const { kernel } = buildMachine(loadProfiles([file]))
  t.true(kernel.sys.lookup('bus') !== undefined)
})
