import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { buildMachine } from '../../src/profile/build.ts'
import { builtinFile, builtinNames, listProfiles, profileFolder } from '../../src/profile/builtin.ts'
import { loadProfile, loadProfiles } from '../../src/profile/load.ts'
import { RELEASES } from '../../src/sysfs/release.ts'
import { failures } from './support.ts'

test('the list says what the profiles themselves say', t => {
  const list = listProfiles()
  const files = readdirSync(profileFolder()).filter(file => file.endsWith('.yaml'))
  t.deepEqual(
    list.map(({ name }) => name),
    files.map(file => file.replace(/\.yaml$/, '')).sort(),
  )
  for (const { name, summary, file } of list) {
    const profile = loadProfile(name)
    t.is(profile.name, name)
    t.is(profile.summary, summary)
    t.is(profile.file, file)
  }
})

for (const name of builtinNames()) {
  test(`${name} is a machine on every release`, t => {
    for (const kernel of RELEASES)
      t.is(buildMachine([loadProfile(name)], { kernel }).kernel.release.name, kernel)
  })
}

test('names and files', t => {
  t.is(loadProfile(builtinFile('mtty')).name, 'mtty')
  t.deepEqual(
    failures(() => loadProfile('gvtg-kabylak')),
    ['gvtg-kabylak there is no built-in profile of that name; did you mean "gvtg-kabylake"?'],
  )
  t.deepEqual(
    failures(() => loadProfile('qqqqqqq')),
    ['qqqqqqq there is no built-in profile of that name; `mdevfs profiles` lists them'],
  )
  t.deepEqual(
    failures(() => loadProfile('./nowhere.yaml')),
    ['./nowhere.yaml there is no such file; `mdevfs profiles` lists the built-in profiles'],
  )
  t.deepEqual(
    failures(() => loadProfile('./')),
    ['./ this is a directory; a profile is one YAML file'],
  )
  t.deepEqual(
    failures(() => loadProfile('/dev/null')),
    ['/dev/null:1:1 a profile has to be a map that begins with mdevfs: 1, not nothing'],
  )
})

test('what never ends is left in time', t => {
  t.deepEqual(
    failures(() => loadProfile('/dev/zero')),
    ['/dev/zero:1:1 a control character (0x00) stands here; a profile is plain text in YAML'],
  )
})

test('several profiles tell all their mistakes', t => {
  t.deepEqual(
    failures(() => loadProfiles(['mtt', 'mtty', './nowhere.yaml'])),
    [
      'mtt there is no built-in profile of that name; did you mean "mtty"?',
      './nowhere.yaml there is no such file; `mdevfs profiles` lists the built-in profiles',
    ],
  )
})

test('built-in profiles keep to UTF-8 and short lines', t => {
  for (const name of builtinNames()) {
    for (const line of readFileSync(builtinFile(name), 'utf8').split('\n')) t.true(line.length <= 110, line)
  }
})
