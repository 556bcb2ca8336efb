import { expect, test } from 'vitest'
import { WindowedRate } from '../../src/api/quota-window.ts'

// Kafka's defaults: ten whole samples of a second, and the one that is being filled.
const window = { count: 11, sampleMs: 1000 }

test('at the limit nobody has to wait', () => {
  const rate = new WindowedRate()
  rate.record(10_000, 0, window)
  // At the start of a sample, ten seconds count as measured.
  expect(rate.excessMs(1000, 0, window)).toBe(0)
})

test('beyond it, the wait brings the rate down to the limit', () => {
  const rate = new WindowedRate()
  rate.record(20_000, 0, window)
  // 20,000 in 10 s are 2,000 a second: (2000 - 1000) / 1000 * 10 s.
  expect(rate.excessMs(1000, 0, window)).toBe(10_000)
  expect(rate.excessMs(1000, 500, window)).toBe(9500)
})

test('a sample is forgotten as a whole, a window after something was last added to it', () => {
  const rate = new WindowedRate()
  rate.record(20_000, 0, window)
  rate.record(10, 900, window)
  expect(rate.excessMs(1, 11_899, window)).toBeGreaterThan(0)
  expect(rate.excessMs(1, 11_900, window)).toBe(0)
})

test('a steady rate is measured as it is', () => {
  const rate = new WindowedRate()
  let nowMs = 0
  for (; nowMs < 60_000; nowMs += 100) rate.record(100, nowMs, window)
  expect(rate.excessMs(1010, nowMs, window)).toBe(0)
  expect(rate.excessMs(900, nowMs, window)).toBeGreaterThan(0)
})

test('what is taken back does not count', () => {
  const rate = new WindowedRate()
  rate.record(20_000, 0, window)
  rate.record(-20_000, 0, window)
  expect(rate.excessMs(1, 0, window)).toBe(0)
})
