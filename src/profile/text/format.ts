import { type Problem, where } from './problem.ts'

/** How parts of a message are set off; functions as picocolors has them. */
export interface Palette {
  place(text: string): string
  mark(text: string): string
  dim(text: string): string
}

const PLAIN: Palette = { place: text => text, mark: text => text, dim: text => text }

/** Columns of an excerpt. */
const WIDTH = 100

/**
 * `FILE:LINE:COLUMN: MESSAGE`, and below it the line with a caret under the offending text.
 *
 * @returns lines without a newline at the end
 */
export function formatProblem(problem: Problem, palette: Palette = PLAIN): string {
  const head = `${palette.place(`${where(problem)}:`)} ${printable(problem.message)}`
  if (!problem.excerpt || problem.excerpt.line.trim() === '') return head
  const { line, caret } = excerpt(problem.excerpt.line, problem.column, problem.excerpt.length)
  const number = String(problem.line)
  const gutter = ' '.repeat(number.length)
  return [
    head,
    `${palette.dim(` ${number} |`)} ${line}`,
    `${palette.dim(` ${gutter} |`)} ${palette.mark(caret)}`,
  ].join('\n')
}

/** Cuts a long line around the place that matters; tabs stay tabs above and below. */
function excerpt(text: string, column: number, length: number): { line: string; caret: string } {
  const start = column - 1 > WIDTH - 20 ? column - 1 - WIDTH / 2 : 0
  const shown = printable(text.slice(start, start + WIDTH))
  const before = start > 0 ? '…' : ''
  const after = start + WIDTH < text.length ? '…' : ''
  const indent = (before + shown).slice(0, column - 1 - start + before.length).replace(/[^\t]/g, ' ')
  const marked = Math.max(1, Math.min(length, before.length + shown.length - indent.length))
  return { line: `${before}${shown}${after}`, caret: `${indent}${'^'.repeat(marked)}` }
}

/** Control characters as their pictures, one column each: a profile does not get to speak to the terminal. */
function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, char => {
    const code = char.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421'
  })
}
