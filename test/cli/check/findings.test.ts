import { expect, test } from 'vitest'
import { exitCodeOf, judge, metric, type Status, thresholdsFor, worst } from '../../../src/cli/check/findings.ts'
import { parseThreshold } from '../../../src/cli/check/threshold.ts'

const limits = { warn: [parseThreshold('10'), parseThreshold('1m')], critical: [parseThreshold('100')] }

test.each<[number, Status]>([
  [10, 'ok'],
  [11, 'warning'],
  [100, 'warning'],
  [101, 'critical'],
])('%i is judged %s', (value, status) => expect(judge(value, thresholdsFor(limits, 'number'))).toBe(status))

test('thresholds are for numbers or for times', () => {
  expect(thresholdsFor(limits, 'time')).toEqual({ warn: [parseThreshold('1m')], critical: [] })
  expect(judge(60_001, thresholdsFor(limits, 'time'))).toBe('warning')
})

test.each<[readonly Status[], Status]>([
  [['ok', 'ok'], 'ok'],
  [['ok', 'warning'], 'warning'],
  [['unknown', 'warning', 'ok'], 'unknown'],
  [['unknown', 'critical', 'warning'], 'critical'],
  [[], 'unknown'],
])('of %j the worst is %s', (statuses, status) => expect(worst(statuses.map(one => ({ status: one })))).toBe(status))

test('exit codes are those of monitoring plugins', () => {
  expect((['ok', 'warning', 'critical', 'unknown'] as const).map(exitCodeOf)).toEqual([0, 1, 2, 3])
})

test('a metric carries the thresholds that it was judged by', () => {
  expect(metric('lag_records', { group: 'g' }, 5, thresholdsFor(limits, 'number'))).toEqual({
    name: 'lag_records',
    labels: { group: 'g' },
    value: 5,
    warning: '10',
    critical: '100',
  })
})
