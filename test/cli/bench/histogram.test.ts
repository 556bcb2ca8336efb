import { expect, test } from 'vitest'
import { Histogram } from '../../../src/cli/bench/histogram.ts'
import { simulatedEnv } from '../../support/simulated-env.ts'

test('small values are exact', () => {
  const histogram = new Histogram()
  for (let value = 1; value <= 100; value++) histogram.record(value)
  expect([0, 50, 90, 99, 100].map(percent => histogram.percentileUs(percent))).toEqual([1, 50, 90, 99, 100])
  expect([histogram.minUs, histogram.maxUs, histogram.meanUs, histogram.count]).toEqual([1, 100, 50.5, 100])
})

test('any percentile is within 0.8 % of the true one', () => {
  const { random } = simulatedEnv({ seed: 7 })
  const histogram = new Histogram()
  const values = Array.from({ length: 5_000 }, () => Math.floor(10 ** (random.below(8_000_000) / 1_000_000)))
  for (const value of values) histogram.record(value)
  values.sort((a, b) => a - b)
  for (const percent of [1, 10, 50, 90, 99, 99.9, 100]) {
    const truth = values[Math.max(1, Math.ceil((percent / 100) * values.length)) - 1]!
    const measured = histogram.percentileUs(percent)
    expect(measured).toBeGreaterThanOrEqual(truth)
    expect(measured).toBeLessThanOrEqual(truth * 1.008 + 1)
  }
})

test('every value is in one bucket', () => {
  const histogram = new Histogram()
  for (const value of [0, 127, 128, 255, 256, 1023, 1024, 65_535, 1e6, 1e9]) histogram.record(value, 2)
  expect(histogram.countBetween(0, Number.POSITIVE_INFINITY)).toBe(20)
  expect(histogram.countBetween(128, 256)).toBe(4)
})

test('nothing measured is nothing', () => {
  const histogram = new Histogram()
  expect([histogram.percentileUs(99), histogram.meanUs, histogram.maxUs]).toEqual([0, 0, 0])
})
