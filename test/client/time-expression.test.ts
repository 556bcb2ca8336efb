import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { parseDuration, parseTime, parseTimeRange } from '../../src/client/time-expression.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const iso = (timestampMs: number): string => new Date(timestampMs).toISOString()

test.each([
  ['5s', 5_000],
  ['250ms', 250],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['1w', 604_800_000],
] as const)("'%s' lasts %d ms", (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs)
})

test.each(['', '5', 's', '5 s', '-5s', '5y', '1e3s'])("'%s' is no duration", text => {
  expect(() => parseDuration(text)).toThrow(OperatorError)
})

test.each([
  ['2026-11-22T08:00', '2026-11-22T08:00:00.000Z'],
  ['2026-11-22t08:00:00z', '2026-11-22T08:00:00.000Z'],
  ['1795334400', '2026-11-22T08:00:00.000Z'],
  ['1795334400000', '2026-11-22T08:00:00.000Z'],
  ['now', '2026-11-22T12:00:00.000Z'],
  ['-1h30m', '2026-11-22T10:30:00.000Z'],
])("'%s' is %s", (text, expected) => {
  expect(iso(parseTime(text, nowMs))).toBe(expected)
})

test.each([
  ['2026-11-22T08:00:1h', '2026-11-22T08:00:00.000Z', '2026-11-22T09:00:00.000Z'],
  ['2026-11-22T08:00:30m', '2026-11-22T08:00:00.000Z', '2026-11-22T08:30:00.000Z'],
  ['2026-11-22T08:00:30:30m', '2026-11-22T08:00:30.000Z', '2026-11-22T08:30:30.000Z'],
  ['2026-11-22T08:00:00+01:00:10s', '2026-11-22T07:00:00.000Z', '2026-11-22T07:00:10.000Z'],
  ['2026-11-21:2026-11-22', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'],
  ['-48h:-24h', '2026-11-20T12:00:00.000Z', '2026-11-21T12:00:00.000Z'],
  ['-2h:1h', '2026-11-22T10:00:00.000Z', '2026-11-22T11:00:00.000Z'],
])("'%s' is from %s to %s", (text, start, end) => {
  const range = parseTimeRange(text, nowMs)
  expect([iso(range.startMs ?? 0), iso(Number(range.end))]).toEqual([start, end])
})

test('either side of a range may be open', () => {
  expect(parseTimeRange('-1h', nowMs)).toEqual({ startMs: nowMs - 3_600_000, end: undefined })
  expect(parseTimeRange('-1h:end', nowMs)).toEqual({ startMs: nowMs - 3_600_000, end: 'end' })
  expect(parseTimeRange(':-1h', nowMs)).toEqual({ startMs: undefined, end: nowMs - 3_600_000 })
})

test.each(['', 'yesterday', '-1h:-2h', '2026-11-22:2026-11-21', '-1h:soon', '10m'])("'%s' is no range", text => {
  expect(() => parseTimeRange(text, nowMs)).toThrow(OperatorError)
})
