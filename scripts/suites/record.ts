import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** What a test of a suite came to. */
export type Verdict = 'pass' | 'fail' | 'skip'

/** A suite's tests as they were last run. */
export interface SuiteRecord {
  /** Whose tests, and of which version. */
  readonly suite: string
  readonly version: string
  /** What was changed in the suite to run it against one node; nothing that is checked. */
  readonly changes: readonly string[]
  /** Tests left out as a whole, with the reason. */
  readonly notRun: Readonly<Record<string, string>>
  /** `pass`, or what keeps the test from passing. */
  readonly tests: Readonly<Record<string, string>>
}

const directory = path.join(import.meta.dirname, '..', '..', 'test', 'compatibility', 'suites')

export function readRecord(name: string): SuiteRecord {
  return JSON.parse(readFileSync(path.join(directory, `${name}.json`), 'utf8'))
}

/** Keeps the reasons of what still does not pass; what is new without a reason says so. */
export function writeRecord(name: string, record: SuiteRecord, verdicts: ReadonlyMap<string, Verdict>): void {
  const tests: Record<string, string> = { ...record.tests }
  for (const [test, verdict] of verdicts) {
    const before = tests[test]
    if (verdict === 'pass') tests[test] = 'pass'
    else if (before === undefined || before === 'pass') tests[test] = `${verdict}: the reason is not known yet`
  }
  const sorted = Object.fromEntries(Object.entries(tests).sort(([one], [other]) => (one < other ? -1 : 1)))
  writeFileSync(path.join(directory, `${name}.json`), `${JSON.stringify({ ...record, tests: sorted }, null, 2)}\n`)
}

/**
 * Says what came out otherwise than recorded. A regression: recorded as passed, and did not. In a run of the whole suite that is
 * also a test that did not run: a file that does not even load has no tests that could fail.
 */
export function compareWithRecord(
  record: SuiteRecord,
  verdicts: ReadonlyMap<string, Verdict>,
  { isPart }: { readonly isPart: boolean },
): { readonly lines: readonly string[]; readonly regressions: number } {
  const lines: string[] = []
  let regressions = 0
  for (const [test, verdict] of verdicts) {
    const known = record.tests[test]
    if (known === 'pass' && verdict !== 'pass') {
      regressions++
      lines.push(`${verdict}, passed before: ${test}`)
    } else if (known === undefined) lines.push(`${verdict}, not in the record: ${test}`)
    else if (known !== 'pass' && verdict === 'pass') lines.push(`passes now: ${test} (was: ${known})`)
  }
  if (isPart) return { lines, regressions }
  for (const [test, known] of Object.entries(record.tests)) {
    if (known !== 'pass' || verdicts.has(test)) continue
    regressions++
    lines.push(`did not run, passed before: ${test}`)
  }
  return { lines, regressions }
}
