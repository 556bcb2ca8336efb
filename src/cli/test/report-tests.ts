import path from 'node:path'
import type { Output } from '../output.ts'
import type { FileResult, TestResult } from './test-result.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Shows what became of the tests of a file: a line for each, and for those that failed what went wrong, and where. */
export function reportFile(output: Output, result: FileResult, directory: string): void {
  const { colour } = output
  output.line(colour.bold(result.file))
  for (const test of result.tests) {
    output.line(`  ${mark(output, test)} ${test.name.join(' > ')}${durationText(output, test)}`)
    if (test.outcome === 'failed') output.line(indented(failureText(test, directory), 6))
  }
  if (result.failure !== undefined)
    output.line(`  ${colour.red('✗')} ${indented(result.failure.replaceAll(directory + path.sep, ''), 4).trimStart()}`)
  else if (result.tests.length === 0) output.line(`  ${colour.red('✗')} it has no tests`)
}

/** One JSON object for each test: `file`, `name`, `outcome`, `durationMs`, and of failures `message`, `line`, `column`, `source`. */
export function reportFileAsJson(output: Output, { file, tests, failure }: FileResult): void {
  for (const { name, outcome, durationMs, message, place } of tests) {
    const where = place && { source: place.file, line: place.line, column: place.column }
    output.json({
      file,
      name: name.join(' > '),
      outcome,
      durationMs,
      ...(message !== undefined && { message }),
      ...where,
    })
  }
  const message = failure ?? (tests.length === 0 ? 'it has no tests' : undefined)
  if (message !== undefined) output.json({ file, name: null, outcome: 'failed', durationMs: 0, message })
}

/** A file that cannot be run, or that has no tests, counts as one failure. */
export function totalsOf(results: readonly FileResult[]): Totals {
  const tests = results.flatMap(result => result.tests)
  const count = (...outcomes: readonly TestResult['outcome'][]): number =>
    tests.filter(({ outcome }) => outcomes.includes(outcome)).length
  const broken = results.filter(({ failure, tests: found }) => failure !== undefined || found.length === 0).length
  return { passed: count('passed'), failed: count('failed') + broken, skipped: count('skipped', 'todo') }
}

/** `3 passed, 1 failed`. */
export function totalsText({ passed, failed, skipped }: Totals): string {
  const parts = [`${passed} passed`]
  if (failed > 0) parts.push(`${failed} failed`)
  if (skipped > 0) parts.push(`${skipped} skipped`)
  return parts.join(', ')
}

function mark({ colour }: Output, { outcome }: TestResult): string {
  if (outcome === 'passed') return colour.green('✓')
  return outcome === 'failed' ? colour.red('✗') : colour.yellow('-')
}

/** Durations say something where they can be felt. */
const slowMs = 100

function durationText({ colour }: Output, { outcome, durationMs }: TestResult): string {
  if (outcome === 'skipped' || outcome === 'todo') return ` (${outcome})`
  return durationMs < slowMs ? '' : colour.dim(` (${Math.round(durationMs)} ms)`)
}

function failureText({ message = '', place }: TestResult, directory: string): string {
  if (!place) return message
  const relative = path.relative(directory, place.file)
  const file = relative.startsWith('..') ? place.file : relative
  return `${file}:${place.line}:${place.column}: ${message}\n${place.picture}`
}

function indented(text: string, spaces: number): string {
  return text
    .trimEnd()
    .split('\n')
    .map(line => (line === '' ? '' : ' '.repeat(spaces) + line))
    .join('\n')
}
