import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { buildMachine } from '../../src/profile/build.ts'
import { builtinFile, builtinNames } from '../../src/profile/builtin.ts'
import { formatProblem } from '../../src/profile/text/format.ts'
import { type Problem, ProfileError } from '../../src/profile/text/problem.ts'
import { BRIDGED, NIC, STATIC } from './fixtures.ts'
import { profileOf, withHead } from './support.ts'

const profiles = [
  ...builtinNames().map(name => readFileSync(builtinFile(name), 'utf8')),
  ...[NIC, BRIDGED, STATIC].map(withHead),
]

/** Loading ends with a machine, or with mistakes whose places lie within the file, in order. */
function bears(bytes: Uint8Array): void {
  let problems: readonly Problem[]
  try {
    buildMachine([profileOf(bytes)])
    return
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    problems = error.problems
  }
  if (problems.length === 0) throw new Error('no mistake is told')
  const lines = new TextDecoder().decode(bytes).split('\n')
  let last = 0
  for (const problem of problems) {
    const { line, column, message } = problem
    if (line === 0) continue
    if (line < last) throw new Error(`line ${line} after line ${last}`)
    last = line
    if (line > lines.length || column > lines[line - 1]!.length + 1)
      throw new Error(`${line}:${column} lies outside`)
    if (/undefined|\[object|NaN/.test(message)) throw new Error(message)
    for (const shown of formatProblem(problem).split('\n').slice(1)) {
      if (shown.length > 130) throw new Error(`an excerpt of ${shown.length} columns`)
    }
  }
}

const holds = test.macro((t, texts: fc.Arbitrary<string | Uint8Array>) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(texts, text => bears(Buffer.from(text as string))),
      { numRuns: Number(process.env['RUNS'] ?? 2000) },
    ),
  )
})

test('any bytes', holds, fc.uint8Array({ maxLength: 200 }))

/** What YAML and the format are made of. */
const TOKENS = [
  ...[
    '- ',
    ': ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '\n',
    '\n  ',
    '\n    ',
    '&a ',
    '*a',
    '!t ',
    '|\n',
    '>-\n',
    '"',
    "'",
  ],
  ...['#', '---\n', '...\n', '%YAML 1.1\n', '\t', '\r\n', '<<: ', '~', '\ufeff', '\u2028', '\0', '💥'],
  ...[
    'mdevfs: 1\n',
    'devices:\n',
    'pci: ',
    '"0000:00:02.0"',
    'sample: mtty',
    'types:\n',
    'needs: ',
    '256MB',
    '0-3,7',
  ],
]

test(
  'pieces of YAML',
  holds,
  fc.array(fc.constantFrom(...TOKENS), { maxLength: 40 }).map(parts => parts.join('')),
)

/** A built-in profile with lines taken away, doubled, moved, or with other bytes in them. */
const mutant = fc
  .tuple(
    fc.constantFrom(...profiles),
    fc.array(
      fc.tuple(
        fc.constantFrom('drop', 'double', 'swap', 'indent', 'replace', 'word'),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...TOKENS, '[1, 2]', '{a: 1}', '-1', '99999999999999999999', '0x', 'zzz'),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, changes]) => {
    const lines = text.split('\n')
    for (const [change, a, b, token] of changes) {
      const [i, j] = [a % lines.length, b % lines.length]
      const line = lines[i]!
      if (change === 'drop') lines.splice(i, 1, '')
      else if (change === 'double') lines.splice(i, 0, line)
      else if (change === 'swap') [lines[i], lines[j]] = [lines[j]!, line]
      else if (change === 'indent') lines[i] = ` ${line}`
      else if (change === 'replace') lines[i] = line.slice(0, b % (line.length + 1)) + token
      else lines[i] = line.replace(/[^:\s]+$/, () => token)
    }
    return lines.join('\n')
  })

test('profiles with mistakes', holds, mutant)
