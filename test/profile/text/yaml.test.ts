import test from 'ava'
import { formatProblem } from '../../../src/profile/text/format.ts'
import { ProfileError } from '../../../src/profile/text/problem.ts'
import { decodeSource, MAX_BYTES } from '../../../src/profile/text/read.ts'
import type { Value } from '../../../src/profile/text/tree.ts'
import { MAX_DEPTH, MAX_TOKENS, parseYaml } from '../../../src/profile/text/yaml.ts'
import { complaints, withHead } from '../support.ts'

const syntax = test.macro((t, text: string | Uint8Array, expected: readonly string[]) => {
  t.deepEqual(complaints(text), [...expected])
})

function values(text: string): Value {
  return parseYaml(decodeSource('test.yaml', Buffer.from(text))).root
}

test('a tab as indentation', syntax, 'mdevfs: 1\n\tname: x\n', [
  '2:1 a tab stands in the indentation; indent with blanks',
])
test('wrong indentation', syntax, 'a:\n  b: 1\n c: 2\n', [
  '3:2 All mapping items must start at the same column; check the indentation',
])
test('a quote that is never closed', syntax, 'a: 1\nb: "x\nc: 2\n', ['2:4 this quote is never closed'])
test('a reserved character', syntax, 'a: @x\n', [
  '1:4 Plain value cannot start with reserved character @; put the text in quotes',
])
test('a tag', syntax, 'a: !ruby/object x\n', [
  '1:4 Unresolved tag: !ruby/object; profiles have no tags, leave it out',
])
test('two documents', syntax, '---\na: 1\n---\nb: 2\n', [
  '3:1 a second document starts here; a file holds one profile',
])
test('a key twice', syntax, 'a: 1\nb: 2\na: 3\n', [
  '3:1 "a" stands twice in this map, first on line 1; leave one of them out',
])
test('a list as key', syntax, '? [a]\n: b\n', [
  '1:3 a key is one plain word here, not a list, a map or an alias',
])
test('an unknown alias', syntax, 'a: *b\n', ['1:4 nothing above is marked &b, so *b means nothing'])
test('a cycle', syntax, 'a: &a\n  b: [1, *a]\n', [
  '2:10 *a stands inside of what it repeats, which would never end',
])
test('several mistakes', syntax, 'a: *x\na: @b\n\nc: "', [
  '1:4 nothing above is marked &x, so *x means nothing',
  '2:1 "a" stands twice in this map, first on line 1; leave one of them out',
  '2:4 Plain value cannot start with reserved character @; put the text in quotes',
  '4:4 this quote is never closed',
])

test('UTF-16', syntax, Buffer.from('\ufeffmdevfs: 1\n', 'utf16le'), [
  'test.yaml this is UTF-16; save the profile as UTF-8',
])
test('Latin-1', syntax, Buffer.from('mdevfs: 1\nsummary: caf\xe9\n', 'latin1'), [
  '2:13 the byte 0xe9 is not UTF-8; save the profile as UTF-8',
])
test('after a character that is U+FFFD', syntax, Buffer.from('a: \xef\xbf\xbd\xff\n', 'latin1'), [
  '1:5 the byte 0xff is not UTF-8; save the profile as UTF-8',
])
test('an executable', syntax, Buffer.from('\x7fELF\x02\x01\x01\x00', 'latin1'), [
  '1:1 a control character (0x7f) stands here; a profile is plain text in YAML',
])
test('a byte order mark is no mistake', syntax, `\ufeff${withHead('')}`, [])
test('CRLF is no mistake', syntax, withHead('devices:\n  - sample: mtty\n').replaceAll('\n', '\r\n'), [])

test('an alias bomb', t => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n'
  for (let i = 1; i < 10; i++)
    text += `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(', ')}]\n`
  t.deepEqual(complaints(text), [
    '6:20 the profile has more than 250000 values up to here, those repeated by aliases included; use ranges',
  ])
})

test('too deep, too long, too large', t => {
  t.deepEqual(complaints('['.repeat(1_000_000)), [
    `1:${MAX_DEPTH + 1} lists and maps lie more than ${MAX_DEPTH} deep in each other here; no profile needs that`,
  ])
  const item = '- a\n'
  const line = MAX_TOKENS / 5 + 1
  t.deepEqual(complaints(item.repeat(line * 2)), [
    `${line}:1 the profile has more than ${MAX_TOKENS} words and signs up to here; use ranges`,
  ])
  const summary = `# ${'x'.repeat(97)}\n`
  t.deepEqual(complaints(summary.repeat((10 * 1024 * 1024) / summary.length)), [
    `${Math.ceil(MAX_BYTES / 100)}:4 the profile is larger than 4 MiB, which ends here; split it into several, or use ranges`,
  ])
})

test('scalars are what is written', t => {
  t.deepEqual(
    JSON.parse(JSON.stringify(values('a: 5.10\nb: 04\nc: 0x1F\nd: yes\ne: ~\nf:\ng: "q"\nh: 8086:5912\n'))),
    {
      a: '5.10',
      b: '04',
      c: '0x1F',
      d: 'yes',
      e: '~',
      f: '',
      g: 'q',
      h: '8086:5912',
    },
  )
})

test('an alias is the value that it repeats', t => {
  const [a, b] = Object.values(values('a: &x {k: [1, 2]}\nb: *x\n'))
  t.is(a, b)
})

test('keys of the prototype are keys like others', t => {
  t.deepEqual(complaints(withHead('__proto__: 1\nconstructor: 2\nstatic: {toString: 1}\n')), [
    '4:1 unknown key "__proto__"; known here: mdevfs, name, summary, kernel, arch, cpus, uevent_seqnum, iommu, devices, iommu_groups, static',
    '5:1 unknown key "constructor"; known here: mdevfs, name, summary, kernel, arch, cpus, uevent_seqnum, iommu, devices, iommu_groups, static',
    '6:10 "toString" is not a path below /sys, such as /sys/firmware/efi/fw_platform_size',
  ])
})

function formatted(text: string): string {
  const error = mistakesOf(text)
  return error.problems.map(problem => formatProblem(problem)).join('\n')
}

function mistakesOf(text: string): ProfileError {
  try {
    parseYaml(decodeSource('test.yaml', Buffer.from(text)))
  } catch (error) {
    if (error instanceof ProfileError) return error
  }
  throw new Error('no mistake')
}

test('the excerpt', t => {
  t.is(
    formatted('a:\n\tb: *x\n'),
    [
      'test.yaml:2:1: a tab stands in the indentation; indent with blanks',
      ' 2 | \tb: *x',
      '   | ^',
      'test.yaml:2:5: nothing above is marked &x, so *x means nothing',
      ' 2 | \tb: *x',
      '   | \t   ^^',
    ].join('\n'),
  )
  const long = formatted(`a: [${'b, '.repeat(1000)}*x]\n`).split('\n')
  t.regex(long[1]!, /^ 1 \| …[b, ]+\*x\]$/)
  t.is(long[1]!.indexOf('*'), long[2]!.indexOf('^'))
  // what is not printable is shown by a picture of it, one column wide
  t.is(formatted('a: *x\u009b31m\n').split('\n')[1], ' 1 | a: *x␡31m')
})
