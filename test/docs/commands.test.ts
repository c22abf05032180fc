import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { clear, mountsBelow } from '../support/mounted.ts'
import { execute, MDEVFS, noMount } from '../support/processes.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

interface Block {
  readonly file: string
  readonly line: number
  readonly commands: string
  /** What the commands print, where the text block that follows says so. */
  readonly output: string | undefined
}

/** The sh blocks of a page, each with the text block that follows it, if one does. */
function blocksOf(file: string): Block[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n')
  const fences: { language: string; line: number; text: string; end: number }[] = []
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(\w+)$/.exec(lines[i]!)?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', i + 1)
    fences.push({ language, line: i + 1, text: `${lines.slice(i + 1, end).join('\n')}\n`, end })
    i = end
  }
  return fences.flatMap(({ language, line, text, end }, i) => {
    if (language !== 'sh') return []
    const next = fences[i + 1]
    const follows =
      next?.language === 'text' && lines.slice(end + 1, next.line - 1).every(each => each === '')
    return [{ file, line, commands: text, output: follows ? next.text : undefined }]
  })
}

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

/** Installing and testing is what runs these tests; `npm start` has a test of its own below. */
const isSetUp = ({ commands }: Block) => commands.startsWith('npm ci')

const mountTest = noMount === undefined ? test : test.skip
if (noMount !== undefined) console.log(`docs: skipped, ${noMount}`)

for (const block of pages.flatMap(blocksOf).filter(each => !isSetUp(each))) {
  mountTest(`${block.file}:${block.line} works when pasted`, async t => {
    const directory = mkdtempSync(join(tmpdir(), 'mdevfs-docs-'))
    try {
      // npx finds the program of this checkout from anywhere
      writeFileSync(
        join(directory, 'npx'),
        `#!/bin/sh\nshift\nexec '${process.execPath}' '${MDEVFS}' "$@"\n`,
        { mode: 0o755 },
      )
      const work = mkdtempSync(join(directory, 'work-'))
      const { code, stdout, stderr } = await execute('bash', ['-e', '-o', 'pipefail', '-c', block.commands], {
        cwd: work,
        env: { ...process.env, PATH: `${directory}:${process.env['PATH']}` },
      })
      t.is(stderr, '')
      t.is(code, 0)
      if (block.output !== undefined) t.is(stdout, block.output)
    } finally {
      // what fails may leave machines mounted
      for (const mount of mountsBelow(directory)) clear(mount)
      rmSync(directory, { recursive: true, force: true })
    }
  })
}

mountTest('npm start shows the machine at work, and says how to run a program', async t => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  t.is(scripts.start, 'tsc && node bin/mdevfs.js demo')
  const { code, stdout } = await execute(process.execPath, [MDEVFS, 'demo'])
  t.is(code, 0)
  t.regex(stdout, /i915-GVTg_V5_8 {3}7\n/)
  t.regex(stdout, /i915-GVTg_V5_8 {3}6\n/)
  t.regex(stdout, /npx mdevfs run -- COMMAND/)
})
