import { expect, test } from 'vitest'
import { judgeClock } from '../../../src/cli/doctor/clock.ts'

test.each([
  ['the same', 1_000_500, 'ok', /agree/],
  ['within a slow answer', 1_001_000, 'ok', /agree/],
  ['a little off', 1_002_500, 'ok', /agree/],
  ['behind', 1_061_000, 'warning', /1m behind/],
  ['ahead', 1_000_000 - 7_200_000, 'warning', /2h ahead of/],
] as const)('a clock that is %s', (_, brokerMs, outcome, detail) => {
  const judged = judgeClock({ sentMs: 1_000_000, receivedMs: 1_001_000, brokerMs })
  expect(judged.outcome).toBe(outcome)
  expect(judged.detail).toMatch(detail)
})

test('records of a clock far ahead are refused: the hint says so', () => {
  expect(judgeClock({ sentMs: 7_300_000, receivedMs: 7_300_000, brokerMs: 0 }).hint).toMatch(/may be refused/)
})
