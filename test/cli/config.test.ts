import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { mdevfs } from '../support/processes.ts'

const DUMPS = fileURLToPath(new URL('../../../test/oracle/recorded/x86-6.1-pci-config.hex', import.meta.url))

const directory = mkdtempSync(join(tmpdir(), 'mdevfs-config-'))
test.after.always(() => rmSync(directory, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const NIC =
  'vpci 1\nname nic\nid 15b3:101e class 020000\nbar 0 mem64 size 1M\ncap 60 exp flr=1\necap 100 aer\n'

test('what is derived compiles to the same bytes', async t => {
  const derived = await mdevfs('config', 'derive', DUMPS, '--device', '03:00.0', '--name', 'net')
  t.is(derived.code, 0, derived.stderr)
  t.true(derived.stdout.startsWith('vpci 1\nname net\nsize 4096\nid 1af4:1041 '))
  const path = file('net.vpci', derived.stdout)
  const output = join(directory, 'net.bin')
  t.is((await mdevfs('config', 'compile', path, '--format', 'binary', '-o', output)).code, 0)
  const again = await mdevfs('config', 'derive', output, '--name', 'net')
  t.is(again.stdout, derived.stdout)
  t.is(readFileSync(output).length, 4096)
})

test('several functions need a choice', async t => {
  const { code, stderr } = await mdevfs('config', 'derive', DUMPS)
  t.is(code, 1)
  t.regex(stderr, /^mdevfs: .* holds the functions 0000:00:00.0, .*choose one of them with --device\n$/)
})

test('mistakes have their places', async t => {
  const good = file('good.vpci', NIC)
  const bad = file('bad.vpci', `${NIC}ecap ffc pasid\n`)
  const { code, stdout, stderr } = await mdevfs('config', 'check', good, bad)
  t.is(code, 1)
  t.is(stdout, `${good}: ok\n`)
  t.true(
    stderr.startsWith(`${bad}:7:1: pasid has 8 bytes and reaches beyond fff, put it lower (offset ffc)\n`),
    stderr,
  )
  t.is((await mdevfs('config', 'compile', bad)).code, 1)
})

test('layouts are compared', async t => {
  const first = file('first.vpci', NIC)
  const same = file('same.vpci', NIC.replace('1M', '1M at 100000'))
  const other = file('other.vpci', `${NIC}ecap 148 pasid\n`)
  const equal = await mdevfs('config', 'diff', first, same)
  t.is(equal.code, 0, equal.stderr)
  t.is(
    equal.stdout,
    `nic (${first}) and nic (${same}) have the same layout: each can stand in for the other\n`,
  )
  const different = await mdevfs('config', 'diff', first, other)
  t.is(different.code, 1)
  t.true(different.stdout.includes('  148: pasid is at 148 where there should be none\n'), different.stdout)
})

test('what can not be read is told', async t => {
  const { code, stderr } = await mdevfs('config', 'derive', join(directory, 'nothing'))
  t.is(code, 1)
  t.regex(stderr, /can not be read \(ENOENT\)/)
})
