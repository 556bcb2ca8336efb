import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readLog } from '../../scripts/suites/go-tests.ts'
import { readJunitReport } from '../../scripts/suites/junit-report.ts'
import { readReport } from '../../scripts/suites/kafkajs.ts'
import { compareWithRecord, readRecord } from '../../scripts/suites/record.ts'
import { suites } from '../../scripts/suites/registry.ts'

const directory = path.resolve(import.meta.dirname, '../compatibility/suites')

test('every suite has a record, and every record a suite', () => {
  const records = readdirSync(directory).flatMap(file => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
  expect(records.sort()).toEqual(suites.map(({ name }) => name).sort())
})

test.each(suites.map(({ name }) => name))('what does not pass in %s has a reason', name => {
  const { suite, version, tests } = readRecord(name)
  expect(suite && version).toBeTruthy()
  const unexplained = Object.entries(tests).filter(([, verdict]) => !/^(pass|(fail|skip): (?!\?)\S.+)$/.test(verdict))
  expect(unexplained).toEqual([])
  expect(Object.values(tests)).toContain('pass')
})

test('a test that passed and does not any more is a regression, one that passes now is news', () => {
  const record = { suite: 's', version: '1', changes: [], notRun: {}, tests: { a: 'pass', b: 'fail: why', c: 'pass' } }
  const verdicts = new Map([
    ['a', 'fail'],
    ['b', 'pass'],
    ['c', 'pass'],
    ['d', 'pass'],
  ] as const)
  const { lines, regressions } = compareWithRecord(record, verdicts, { isPart: false })
  expect(regressions).toBe(1)
  expect(lines).toEqual(['fail, passed before: a', 'passes now: b (was: fail: why)', 'pass, not in the record: d'])
})

test('a test that did not run is a regression of the whole suite, not of a part', () => {
  const record = { suite: 's', version: '1', changes: [], notRun: {}, tests: { a: 'pass', b: 'pass', c: 'skip: why' } }
  const verdicts = new Map([['a', 'pass']] as const)
  expect(compareWithRecord(record, verdicts, { isPart: true })).toEqual({ lines: [], regressions: 0 })
  expect(compareWithRecord(record, verdicts, { isPart: false })).toEqual({
    lines: ['did not run, passed before: b'],
    regressions: 1,
  })
})

test('verdicts are read from what each runner writes', () => {
  const go =
    '=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    --- FAIL: TestB/x (0.0s)\n--- FAIL: TestB (0.00s)\n=== RUN   TestC\npanic'
  expect([...readLog(go)]).toEqual([
    ['TestA', 'pass'],
    ['TestB', 'fail'],
    ['TestC', 'fail'],
  ])
  const junit =
    '<testcase classname="c" name="a &amp; b" time="1"/><testcase name="d"><failure>x</failure></testcase><testcase name="e"><skipped/></testcase>'
  expect([...readJunitReport(junit)]).toEqual([
    ['a & b', 'pass'],
    ['d', 'fail'],
    ['e', 'skip'],
  ])
  const jest = JSON.stringify({
    testResults: [
      { name: '/x/src/admin/__tests__/a.spec.js', assertionResults: [{ fullName: 'A b', status: 'passed' }] },
    ],
  })
  expect([...readReport(jest)]).toEqual([['admin/a: A b', 'pass']])
})
