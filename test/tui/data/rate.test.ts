import { expect, test } from 'vitest'
import { Rate } from '../../../src/tui/data/rate.ts'

const rateOf = (windowMs: number, readings: readonly (readonly [number, number])[]): number => {
  const rate = new Rate(windowMs)
  for (const [atMs, count] of readings) rate.note(atMs, count)
  return rate.perSecond
}

test.each<[name: string, readings: readonly (readonly [number, number])[], expected: number]>([
  ['one reading says nothing', [[0, 100]], 0],
  [
    'steady',
    [
      [0, 0],
      [1_000, 500],
      [2_000, 1_000],
    ],
    500,
  ],
  [
    'what was before the window is forgotten',
    [
      [0, 0],
      [1_000, 9_000],
      [11_000, 9_000],
      [12_000, 9_000],
    ],
    0,
  ],
  [
    'nothing comes any more',
    [
      [0, 100],
      [1_000, 100],
    ],
    0,
  ],
])('%s', (_, readings, expected) => {
  expect(rateOf(3_000, readings)).toBe(expected)
})

test('memory does not grow, however often somebody tells', () => {
  const rate = new Rate(1_000)
  for (let at = 0; at < 10_000; at++) rate.note(at, at * 2)
  expect(rate.perSecond).toBeCloseTo(2_000, -2)
})
